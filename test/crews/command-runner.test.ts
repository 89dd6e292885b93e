import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan, PlanTask } from '../../src/domain/plan/plan.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';

describe('a task that a command does', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({
      settings: { unsandboxedShell: true, gateway: { socket: '/nowhere/gateway.sock', ready: async () => undefined } },
    });
  });
  afterAll(() => env.close());

  const script = (name: string, lines: string[]): string => {
    const file = join(env.workspace, name);
    writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
    chmodSync(file, 0o755);
    return `./${name}`;
  };
  const planOf = (command: string[], more: Partial<PlanTask> = {}): Plan =>
    plan({
      workspace: env.workspace,
      agents: { worker: agent({ runner: { kind: 'command', command }, isolate: 'shared' }) },
      tasks: [task({ ...more })],
    });

  it('gets the prompt as its template says, and its output is the answer', async () => {
    const program = script('greet.sh', ['echo "asked: $1, by $2, file: $(cat "$3")"', 'echo done > made.txt']);
    const result = await env.run(planOf([program, '{prompt}', '{model}', '{prompt_file}'], { prompt: 'say {model}' }));
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded' });
    expect(result.tasks['one']!.output).toMatch(/^asked: say \{model\}.*, by claude-.*file: say \{model\}/s);
    expect(existsSync(join(env.workspace, 'made.txt'))).toBe(true);
  });

  it('is refused where its prompt is longer than an argument may be, with the way out', async () => {
    const program = script('never-long.sh', ['touch ran-long.txt']);
    const result = await env.run(planOf([program, '{prompt}'], { prompt: 'x'.repeat(140_000) }));
    expect(result.tasks['one']).toMatchObject({ status: 'failed' });
    expect(result.tasks['one']!.error).toMatch(/argument of 14\d{4} bytes, .*`\{prompt_file\}`/);
    expect(existsSync(join(env.workspace, 'ran-long.txt'))).toBe(false);
  });

  it('fails with how its output ends when its exit code says so', async () => {
    const program = script('bad.sh', ['echo "no such branch" >&2', 'exit 3']);
    const result = await env.run(planOf([program]));
    expect(result.tasks['one']).toMatchObject({ status: 'failed' });
    expect(result.tasks['one']!.error).toMatch(/bad\.sh ended with exit code 3: no such branch/);
  });

  it('goes back with a check that fails, and its task succeeds once that holds', async () => {
    const program = script('work.sh', ['cat > told.txt', 'echo x >> tries.txt']);
    const checks = { commands: ['test "$(wc -l < tries.txt)" -ge 3'] };
    const result = await env.run(planOf([program], { checks }));
    expect(result.tasks['one']).toMatchObject({ status: 'succeeded' });
    expect(readFileSync(join(env.workspace, 'tries.txt'), 'utf8')).toBe('x\nx\nx\n');
    expect(readFileSync(join(env.workspace, 'told.txt'), 'utf8')).toMatch(/a check of this task fails: `test /);
  });

  it('is not believed where files were to change and none has', async () => {
    const program = script('lazy.sh', ['echo "All done."']);
    const result = await env.run(planOf([program], { checks: { expectsChanges: true } }));
    expect(result.tasks['one']).toMatchObject({ status: 'failed' });
    expect(result.tasks['one']!.error).toMatch(/after 3 repairs it still does not hold: .*no file has changed/);
  });

  it('is refused before it starts where a rule would have to be asked about', async () => {
    const approval = {
      by: [],
      needed: 1,
      deadlineMs: null,
      remindMs: null,
      escalate: null,
      onTimeout: 'halt',
    } as const;
    const policy = [
      { tool: 'bash', match: 'git push*', agents: [], action: 'deny' as const, approval: { ...approval, by: [] } },
    ];
    const program = script('never.sh', ['touch ran.txt']);
    const refused = env.run({ ...planOf([program]), policy });
    await expect(refused).rejects.toThrow(/agent worker runs .*, which cannot be asked/);
    expect(existsSync(join(env.workspace, 'ran.txt'))).toBe(false);
  });

  it('ends with its run within seconds, whatever it does about signals', async () => {
    const program = script('deaf.sh', ["trap '' TERM", 'touch up.txt', 'while :; do sleep 1; done']);
    const run = await env.start(planOf([program]));
    await until('it runs', async () => existsSync(join(env.workspace, 'up.txt')));
    await run.cancel();
    expect((await run.result()).status).toBe('cancelled');
  });
});
