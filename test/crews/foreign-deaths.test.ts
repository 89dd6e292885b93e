import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { stopGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { openHomes } from '../../src/workers/foreign/sweep-homes.ts';
import { until } from '../support/base/until.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { WorkerProcess } from '../support/run/worker-process.ts';
import { buildIfStale, spawnWorker } from '../support/run/worker-process.ts';
import { gitAt, newProject } from '../support/worktrees/project.ts';
import { sandbox } from '../support/tools/sandbox.ts';

/** Notes each start in its files and in its home, asks the model `calls` times, and stands still while a file says so. */
const program = (calls: number): string => `#!/usr/bin/env node
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const here = new URL('.', import.meta.url).pathname;
const starts = (file) => { appendFileSync(file, 'x\\n'); return readFileSync(file, 'utf8').length / 2; };
const remembered = starts(process.env.HOME + '/memory');
const made = starts('log.txt');
const { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key, GAFFER_MODEL: model } = process.env;
for (let call = 1; call <= ${calls}; call++) {
  const content = 'start ' + made + ', call ' + call + ': ' + (process.argv[2] ?? '');
  const answer = await fetch(url + '/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key },
    body: JSON.stringify({ model, max_tokens: 1000, messages: [{ role: 'user', content }] }),
  });
  if (!answer.ok) {
    console.error(answer.status + ': ' + (await answer.text()));
    process.exit(1);
  }
  await answer.text();
}
if (existsSync(here + 'hold-' + made)) {
  writeFileSync('held.txt', 'it stands still');
  setInterval(() => undefined, 1000);
} else console.log('made ' + made + ', remembered ' + remembered);
`;

describe.skipIf(sandbox.sandbox !== 'bubblewrap')('a task of a program of others', () => {
  let env: RunEnv;
  let worker: WorkerProcess | null = null;
  const before = { state: process.env['XDG_STATE_HOME'], home: process.env['GAFFER_TEST_GATEWAY_HOME'] };
  const own = (name: 'XDG_STATE_HOME' | 'GAFFER_TEST_GATEWAY_HOME', value: string | undefined): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };

  beforeAll(async () => {
    buildIfStale();
    env = await openRunEnv({ withWorker: false });
    const top = join(env.workspace, '.own');
    mkdirSync(top);
    own('XDG_STATE_HOME', join(top, 'state'));
    own('GAFFER_TEST_GATEWAY_HOME', join(top, 'home'));
    mkdirSync(join(top, 'home', 'logs'), { recursive: true });
    worker = await spawnWorker(env.settings);
  });
  afterEach(() => env.model.setScript({ rules: [] }));
  afterAll(async () => {
    await worker?.stop();
    await stopGateways({ path: process.env['GAFFER_TEST_GATEWAY_HOME']! });
    await env.close();
    own('XDG_STATE_HOME', before.state);
    own('GAFFER_TEST_GATEWAY_HOME', before.home);
  });

  const answers = (): void =>
    env.model.setScript({
      rules: [{ name: 'answers', when: () => true, answer: () => ({ text: 'yes', usage: { outputTokens: 1000 } }) }],
    });
  /** A program in a folder of its own, and a plan in which it works on a project. */
  const stage = (calls: number, { says = '', ...more }: Partial<Plan> & { says?: string } = {}) => {
    // What is installed as a package finds what lies beside it; any other program itself alone.
    const folder = join(tempFolder(), 'node_modules');
    mkdirSync(folder);
    const file = join(folder, 'agent.mjs');
    writeFileSync(file, program(calls));
    chmodSync(file, 0o755);
    const project = newProject();
    const checks = { commands: ['test "$(wc -l < log.txt)" -ge 2'] };
    const of = plan({
      workspace: project,
      agents: { worker: agent({ runner: { kind: 'command', command: [file, says] } }) },
      tasks: [task({ checks })],
      ...more,
    });
    return { folder, project, plan: of };
  };
  const worktree = async (runId: string): Promise<string> => {
    const { rows } = await env.store.sql.query<{ workspace: string }>(
      'select w.workspace from worktrees w join runs r on r.no = w.run_no where r.run_id = $1',
      [runId],
    );
    return rows[0]?.workspace ?? '/nowhere';
  };

  it('goes on where its second session began when its worker is killed in it, and makes and pays nothing twice', async () => {
    answers();
    const { folder, project, plan: of } = stage(1);
    const hold = join(folder, 'hold-2');
    writeFileSync(hold, '');
    const run = await env.start(of, { runId: 'foreign-second-session' });
    await until('it works in its second session', async () => existsSync(join(await worktree(run.id), 'held.txt')));
    const dying = worker!;
    worker = null;
    await dying.kill();
    rmSync(hold);
    worker = await spawnWorker(env.settings);
    expect((await run.result()).tasks['one']).toMatchObject({ status: 'succeeded', output: 'made 2, remembered 2' });
    expect(gitAt(project, 'show', 'gaffer/foreign-second-session/one:log.txt')).toBe('x\nx');
    expect(gitAt(project, 'ls-tree', '--name-only', 'gaffer/foreign-second-session/one')).not.toContain('held.txt');
    expect(env.model.requests.filter(({ outcome }) => outcome === 'answered')).toHaveLength(2);
    expect(await (await openHomes(env.store.sql)).list()).toEqual([]);
    expect(readdirSync(join(process.env['XDG_STATE_HOME']!, 'gaffer', 'agents'))).toEqual([]);
  });
});
