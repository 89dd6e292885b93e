import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlace } from '../../src/dev/postgres/postgres-place.ts';
import { startStack, stopStack } from '../../src/dev/stack.ts';
import { areGone, later, plainEnv, serverPids, startElsewhere, temporaryHome } from '../support/dev/home.ts';

const slow = { timeout: 60_000 };
const say = (): void => undefined;

describe('a home whose state file is broken', slow, () => {
  it.each([
    ['cut short', (text: string) => text.slice(0, 40)],
    ['of another shape', () => '{"users": 5, "temporal": {"pid": "x"}, "helpers": {}}'],
    ['null', () => 'null'],
    ['gone', () => null],
  ])('is stopped all the same: %s', async (_, broken) => {
    const home = temporaryHome();
    await startElsewhere(home, 'background');
    const pids = serverPids(home);
    expect(pids).toHaveLength(2);
    const file = join(home.path, 'stack.json');
    const text = broken(readFileSync(file, 'utf8'));
    if (text === null) rmSync(file);
    else writeFileSync(file, text);
    expect((await stopStack(home)).stopped).toEqual(['Temporal server', 'PostgreSQL']);
    expect(areGone(pids)).toBe(true);
    expect((await stopStack(home)).stopped).toEqual([]);
  });

  it('never gets two Temporal servers on one file', async () => {
    const home = temporaryHome();
    await startElsewhere(home, 'background');
    const [before] = serverPids(home);
    writeFileSync(join(home.path, 'stack.json'), '{"users":');
    const stack = await startStack({ home, env: plainEnv, say });
    later(() => stack.stop());
    expect(areGone([before!])).toBe(true);
  });
});

describe('a database that somebody else set up', slow, () => {
  it('is not started, and says which file shows it', async () => {
    const home = temporaryHome();
    const first = await startStack({ home, env: plainEnv, say });
    await first.stop();
    const file = join(readPlace(home)!.folder, 'data', 'standby.signal');
    writeFileSync(file, '');
    await expect(startStack({ home, env: plainEnv, say })).rejects.toThrow(file);
    rmSync(file);
  });

  it('runs no command and loads no library of its configuration', async () => {
    const home = temporaryHome();
    const first = await startStack({ home, env: plainEnv, say });
    await first.stop();
    const file = join(readPlace(home)!.folder, 'data', 'postgresql.conf');
    const lines = ["shared_preload_libraries = 'evil'", 'archive_mode = on', "archive_command = 'touch evil'"];
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n${lines.join('\n')}\n`);
    const again = await startStack({ home, env: plainEnv, say });
    await again.stop();
  });
});
