import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startContained } from '../../src/host/contain/contain.ts';
import { processesBelow } from '../support/base/processes.ts';
import { attemptFolders, contained, programOf, run, runLine, settings, start } from '../support/contain/contained.ts';
import { clingingProgram } from '../support/contain/clinging.ts';

describe('a contained program', () => {
  contained('ends with all that it started, when it is stopped', async () => {
    const own = attemptFolders();
    const program = await start(clingingProgram(own.home), { ...own, graceMs: 100 });
    await once(program.stdout, 'data');
    expect(processesBelow(own.home).length).toBeGreaterThan(4);
    await program.stop();
    expect(processesBelow(own.home)).toEqual([]);
    expect(await program.ended).toMatchObject({ stopped: 'stop' });
  });

  contained('ends with all that it started, when it ends itself', async () => {
    const own = attemptFolders();
    const ran = await run(clingingProgram(own.home, { last: 'exit 3' }), own);
    expect(ran).toMatchObject({ exitCode: 3, stopped: null, out: 'on' });
    expect(processesBelow(own.home)).toEqual([]);
  });

  contained('is asked first, and may end as it wants', async () => {
    for (const gateway of [null, { socket: '/nowhere.sock' }]) {
      const line = 'trap "echo asked; exit 7" TERM; echo on; while :; do sleep 0.05; done';
      const program = await start(['/bin/sh', '-c', line], { gateway, graceMs: 60_000 });
      const [first] = (await once(program.stdout.setEncoding('utf8'), 'data')) as [string];
      const rest = text(program.stdout);
      await program.stop();
      expect(await program.ended).toMatchObject({ exitCode: 7, stopped: 'stop' });
      expect(first + (await rest)).toBe('on\nasked\n');
    }
  });

  contained('tells by its exit code which signal ended it, also with a relay', async () => {
    for (const gateway of [null, { socket: '/nowhere.sock' }])
      expect(await runLine('kill -SEGV $$', { gateway })).toMatchObject({ exitCode: 139, stopped: null });
  });

  contained('is ended by its time, its processes and its memory', async () => {
    const limits = { maxProcesses: 100, maxMemoryBytes: 2 ** 30, timeoutMs: 60_000 };
    const timed = await runLine('sleep 1000', { limits: { ...limits, timeoutMs: 300 } });
    expect(timed).toMatchObject({ exitCode: 143, stopped: 'timeout' });
    const forks = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 1000 & done; wait';
    expect((await runLine(forks, { limits: { ...limits, maxProcesses: 12 } })).stopped).toBe('processes');
    const grows = `node -e 'const all = []; setInterval(() => all.push(Buffer.alloc(1e7, 1)), 5)'`;
    expect((await runLine(grows, { limits: { ...limits, maxMemoryBytes: 4e8 } })).stopped).toBe('memory');
  });

  contained('is held back when nobody reads what it writes, and loses nothing', async () => {
    const program = await start(['/bin/sh', '-c', 'head -c 20000000 /dev/zero; echo end >&2']);
    const errors = text(program.stderr);
    let hasEnded = false;
    void errors.then(() => (hasEnded = true));
    await once(program.stdout, 'readable');
    await sleep(50);
    expect(hasEnded).toBe(false);
    expect(program.stdout.readableLength).toBeLessThan(1_000_000);
    let bytes = 0;
    for await (const chunk of program.stdout) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(20_000_000);
    expect((await program.ended).exitCode).toBe(0);
  });

  contained('stops when its signal aborts, and does not start when it has', async () => {
    const abort = new AbortController();
    const program = programOf(['sleep', '1000'], attemptFolders());
    const running = await startContained(settings, program, abort.signal);
    abort.abort(new Error('enough'));
    expect(await running.ended).toMatchObject({ stopped: 'stop', exitCode: 143 });
    await expect(startContained(settings, program, abort.signal)).rejects.toThrow('enough');
  });

  contained('that is not there is told as a shell tells it', async () => {
    for (const gateway of [null, { socket: '/nowhere.sock' }])
      expect(await run(['/no/such/program'], { gateway })).toMatchObject({ exitCode: 127 });
  });
});

describe('without a sandbox, where that was allowed,', () => {
  it(
    'a program runs with its home and the gateway, and ends with all that it started',
    { timeout: 60_000 },
    async () => {
      const own = attemptFolders();
      const shell = { sandbox: 'unsandboxed' } as const;
      const program = programOf(clingingProgram(own.home, { more: '' }), { ...own, graceMs: 100 });
      const running = await startContained({ shell, allow: [] }, program, new AbortController().signal);
      await once(running.stdout, 'data');
      await running.stop();
      expect(processesBelow(own.home)).toEqual([]);
    },
  );
});
