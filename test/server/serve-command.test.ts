import { createServer } from 'node:net';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeHome } from '../../src/dev/stack.ts';
import { expectNothingLeft, expectRefusal, gaffer, startGaffer, type RunningCli } from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';

describe('gaffer serve in an empty folder', () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-serve-')));
  const home = join(cwd, '.gaffer');
  const run = (...args: string[]) => gaffer(args, { cwd });
  let service: Serving;
  let url: string;
  let key: string;
  beforeAll(async () => {
    buildIfStale();
    service = await serve('--port', '0');
    ({ url } = service);
  }, 120_000);
  afterAll(async () => {
    service?.process.kill('SIGTERM');
    await service?.ended;
    await removeHome({ path: home });
    rmSync(cwd, { recursive: true, force: true });
  });

  const ask = (path: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${path}`, {
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });

  it('takes a run with a key that was made beside it, tells its events, and gives its result', async () => {
    const made = await run('keys', 'create', '--scope', 'run', '--json');
    ({ key } = JSON.parse(made.stdout) as { key: string });
    const tasks = [{ id: 'a', prompt: 'Say hello.' }];
    const definition = { name: 'hello', default_profile: 'code-reviewer', tasks };
    expect((await ask('/api/runs', { id: 'served-one', definition })).status).toBe(201);
    expect(await (await ask('/api/runs/served-one/events')).text()).toContain('"type":"workflow:results"');
    const result = await ask('/api/runs/served-one/result?timeoutMs=20000');
    expect(await result.json()).toMatchObject({ runId: 'served-one', status: 'succeeded' });
  });

  it('is found by doctor, and by dashboard, whose link is swapped once for a cookie', async () => {
    expect((await run('doctor')).stdout).toMatch(new RegExp(`Service +${url} \\(gaffer serve, process \\d+\\)`));
    const { stdout, stderr } = await run('dashboard', '--json');
    expect(stderr).toBe('');
    const [place, code] = (JSON.parse(stdout) as { url: string }).url.split('/#code=');
    expect(place).toBe(url);
    const swap = (): Promise<Response> =>
      fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: url },
        body: JSON.stringify({ code }),
      });
    const first = await swap();
    const [cookie] = first.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await swap()).status).toBe(401);
    const runs = await fetch(`${url}/api/runs`, { headers: { Cookie: cookie!.split(';')[0]! } });
    expect(await runs.json()).toMatchObject({ runs: [{ runId: 'served-one' }] });
  });

  it('is the one where it runs: what would be a second says so before it starts anything', async () => {
    const port = new URL(url).port;
    expectRefusal(
      await run('serve', '--port', port),
      2,
      `port ${port} of 127.0.0.1 is taken: gaffer serve of this folder`,
    );
    expectRefusal(await run('dev'), 2, /gaffer serve runs here already \(process \d+\)/, 'gaffer down');
    expectRefusal(await run('serve', '--host', '203.0.113.7', '--port', '0'), 2, 'cannot listen on 203.0.113.7');
    expectRefusal(await run('serve', '--port', '65536'), 2, '--port "65536"');
  });

  it('is joined by another without a worker, which says what it opens, and ends by SIGTERM with its streams', async () => {
    const other = await serve('--port', '0', '--host', '0.0.0.0', '--no-worker');
    const there = other.url;
    expect(new URL(there).hostname).toBe('127.0.0.1');
    expect(readdirSync(join(home, 'workers'))).toHaveLength(1);
    const definition = {
      name: 'asks',
      default_profile: 'code-reviewer',
      tasks: [{ id: 'a', prompt: 'A', approval: 'before' }],
    };
    expect((await ask('/api/runs', { id: 'served-two', definition })).status).toBe(201);
    const stream = await fetch(`${there}/api/runs/served-two/events`, { headers: { Authorization: `Bearer ${key}` } });
    const waiting = fetch(`${there}/api/runs/served-two/result?timeoutMs=2000`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    const reader = stream.body!.getReader();
    await reader.read();
    other.process.kill('SIGTERM');
    const { code, stderr } = await other.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/Other machines reach it on 0\.0\.0\.0, without TLS/);
    for (;;) if ((await reader.read()).done) break;
    expect((await waiting).status).toBeLessThan(500);
    expect((await ask('/api/runs/served-two')).status).toBe(200);
    expect(readdirSync(join(home, 'services'))).toHaveLength(1);
  });

  it('is ended by `gaffer down`, and the background stack of `gaffer dev` serves in its place', async () => {
    expect((await run('down')).stdout).toContain('gaffer serve (process');
    expect((await service.ended).code).toBe(0);
    expectNothingLeft(home);
    expectRefusal(await run('dashboard'), 4, 'no service runs here', 'gaffer dev');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    expectRefusal(await run('dev', '--port', String(port)), 2, `port ${port} of 127.0.0.1 is taken`);
    taken.close();
    const dev = await run('dev', '--detach', '--port', String(port));
    expect(dev).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/namespaces\S+\n$/),
    });
    expect(dev.stderr).toContain(`http://127.0.0.1:${port}`);
    expect((await run('dashboard')).stdout).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/#code=[\\w-]{43}\\n$`));
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect((await run('down')).stdout).toContain('gaffer dev (process');
    expectNothingLeft(home);
  });

  /** With the first line of its standard output, which is its address. */
  async function serve(...flags: string[]): Promise<Serving> {
    const running = startGaffer(['serve', '--yes', ...flags], { cwd });
    let stdout = '';
    running.process.stdout!.on('data', (text: string) => (stdout += text));
    await running.says(/Ctrl-C stops it/);
    return { ...running, url: stdout.split('\n', 1)[0]! };
  }
});

interface Serving extends RunningCli {
  url: string;
}
