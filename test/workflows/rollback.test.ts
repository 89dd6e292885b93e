import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { agent } from '../support/plan/builders.ts';
import { aboutEnd } from '../support/invariants/end.ts';
import { aboutStory } from '../support/invariants/story.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { until } from '../support/base/until.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const fails = {
  name: 'fails',
  when: (c: ScriptedConversation) => c.prompt === 'Fail.',
  answer: () => ({ fault: { kind: 'refusal' } }) as const,
};
const works = {
  name: 'works',
  when: (c: ScriptedConversation) => c.prompt.startsWith('Run: ') && c.turn === 0,
  answer: (c: ScriptedConversation) => ({ tools: [{ name: 'bash', input: { command: c.prompt.slice(5) } }] }),
};
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const states = ({ compensations }: RunResult) => compensations.map(({ taskId, status }) => `${taskId} ${status}`);
const plan = (text: string) => yamlPlan(text, { agents: [agent({ tools: ['bash'] })] });

describe('rollback', () => {
  let env: RunEnv;
  const rollBack = async (run: Run): Promise<RunResult> => (await env.client.rollback(run.id)).result!;
  let connection: Connection;
  let client: Client;
  // Heals by the second time that the agent is asked.
  let isRefused = true;
  const moody = {
    name: 'moody',
    when: (c: ScriptedConversation) => c.prompt.includes('Take it back.') && isRefused,
    answer: fails.answer,
  };
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [fails, moody, works, echo] } });
    connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await env.close();
  });
  const file = (name: string) => join(env.workspace, name);
  const lines = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : []);
  const problems = async ({ id: runId, runKey }: Run) => {
    const story = await env.story(runId);
    return [...aboutStory(story), ...(await aboutEnd(env.store, runKey, story))];
  };

  it('of a run that ended rewrites its result, and done again changes nothing', async () => {
    const handle = await env.start(
      plan(`
tasks:
  - { id: a, prompt: A, compensate: { bash: 'echo a >> ended.txt' } }
  - { id: b, prompt: B, depends_on: [a], compensate: { prompt: 'Say sorry.', profile: writer } }
`),
    );
    const before = await handle.result();
    expect(before).toMatchObject({ status: 'succeeded', compensations: [] });
    const result = await rollBack(handle);
    expect(states(result)).toEqual(['b succeeded', 'a succeeded']);
    expect(result).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('rolled back: 2 of 2 undone') as string,
      tasks: { a: { status: 'compensated', output: 'did: A' }, b: { status: 'compensated' } },
      summary: { successfulTasks: 0, compensatedTasks: 2, totalDuration: before.summary.totalDuration },
    });
    expect(result.summary.costUsd).toBeGreaterThan(before.summary.costUsd);
    const row = await env.store.runs.find(handle.id);
    expect(row).toMatchObject({ status: 'failed', reason: result.reason, result });
    expect(await rollBack(handle)).toEqual(result);
    expect(lines('ended.txt')).toEqual(['a']);
    expect(await problems(handle)).toEqual([]);
  });

  it('of many tasks goes on as new between two of them, and undoes each once, in order', async () => {
    const ids = Array.from({ length: 8 }, (_, number) => `t${number}`);
    const task = (id: string, index: number) =>
      `  - { id: ${id}, prompt: Do., ${index > 0 ? `depends_on: [t${index - 1}], ` : ''}compensate: { bash: '${
        id === 't5' ? 'exit 3' : `echo ${id} >> many.txt`
      }' } }\n`;
    const last = '  - { id: last, prompt: Wait., depends_on: [t7], approval: { at: before } }\n';
    const run = await startMoving(env, plan(`limits: { tasks: inline }\ntasks:\n${ids.map(task).join('')}${last}`), 30);
    await until('it asks', async () => (await env.story(run.id)).some(({ type }) => type === 'approval:requested'));
    const before = await run.executions();
    await run.cancel();
    const result = await run.result();
    expect(result).toMatchObject({ status: 'cancelled', tasks: { t0: { status: 'compensated' } } });
    expect(states(result)).toEqual(ids.toReversed().map((id) => `${id} ${id === 't5' ? 'failed' : 'succeeded'}`));
    expect(lines('many.txt')).toEqual(ids.toReversed().filter((id) => id !== 't5'));
    await until('Temporal lists what is over', async () => (await run.executions()) > before + 1);
    expect(await problems(run)).toEqual([]);
    await run.close();
  });

  it('tries again what could not be undone, each time once', async () => {
    const handle = await env.start(
      plan(`
on_failure: compensate
tasks:
  - { id: a, prompt: A, compensate: { bash: 'echo try >> tries.txt; test -f fixed' } }
  - { id: b, prompt: B, depends_on: [a], compensate: { prompt: 'Take it back.', profile: writer } }
  - { id: c, prompt: Fail., depends_on: [b] }
`),
    );
    expect(states(await handle.result())).toEqual(['b failed', 'a failed']);
    const second = await rollBack(handle);
    expect(states(second)).toEqual(['b failed', 'a failed']);
    expect(second.reason).toContain('rolled back: 0 of 2 undone');
    expect(lines('tries.txt')).toHaveLength(2);
    writeFileSync(file('fixed'), '');
    isRefused = false;
    const third = await rollBack(handle);
    expect(states(third)).toEqual(['b succeeded', 'a succeeded']);
    expect(third).toMatchObject({ status: 'failed', summary: { compensatedTasks: 2 } });
    expect(third.reason).toMatch(/^c failed: .*; rolled back: 2 of 2 undone$/);
    expect(lines('tries.txt')).toHaveLength(3);
    expect(await problems(handle)).toEqual([]);
  });

  it('of a terminated run ends what is still at work, then undoes it', async () => {
    const handle = await env.start(
      plan(`
tasks:
  - { id: a, prompt: A, compensate: { bash: 'exit 7' } }
  - { id: b, prompt: 'Run: while sleep 0.1; do echo EFFECT >> effect; done', depends_on: [a], compensate: { bash: 'rm effect' } }
  - { id: c, prompt: C, depends_on: [b] }
`),
    );
    await until('the tool is at work', () => existsSync(file('effect')));
    await client.workflow.getHandle(handle.id).terminate('a test');
    const result = await rollBack(handle);
    expect((await client.workflow.getHandle(`${handle.id}/b`).describe()).status.name).toBe('CANCELLED');
    expect(states(result)).toEqual(['b succeeded', 'a failed']);
    expect(result).toMatchObject({
      status: 'cancelled',
      reason: 'terminated; rolled back: 1 of 2 undone, first that could not be: a: exit code 7',
      tasks: { a: { status: 'succeeded' }, b: { status: 'compensated' }, c: { status: 'skipped' } },
    });
    expect(await problems(handle)).toEqual([]);
    const again = await rollBack(handle);
    expect(again).toMatchObject({ status: 'cancelled', reason: result.reason });
    expect(await problems(handle)).toEqual([]);
    expect(existsSync(file('effect'))).toBe(false);
  });

  it('waits for a tool of a task that ran inside of its terminated run', async () => {
    const handle = await env.start(
      plan(`
limits: { tasks: inline }
tasks:
  - { id: a, prompt: 'Run: while sleep 0.1; do echo EFFECT >> inside; done', compensate: { bash: 'rm inside' } }
`),
    );
    await until('the tool is at work', () => existsSync(file('inside')));
    await client.workflow.getHandle(handle.id).terminate('a test');
    expect(states(await rollBack(handle))).toEqual(['a succeeded']);
    // The tool wrote ten times a second.
    await rollBack(handle);
    expect(existsSync(file('inside'))).toBe(false);
  });

  it('takes over an undo that a terminated rollback had begun, and counts it once', async () => {
    const handle = await env.start(
      plan(
        `tasks: [{ id: a, prompt: A, compensate: { bash: 'echo try >> cut-off.txt; sleep 2; echo end >> cut-off.txt' } }]`,
      ),
    );
    await handle.result();
    const cutOff = rollBack(handle).catch((error: unknown) => error);
    await until('the undo is at work', () => existsSync(file('cut-off.txt')));
    await client.workflow.getHandle(`${handle.id}/rollback`).terminate('a test');
    expect(await cutOff).toBeInstanceOf(Error);
    expect(states(await rollBack(handle))).toEqual(['a succeeded']);
    expect(lines('cut-off.txt')).toEqual(['try', 'end']);
    expect(await problems(handle)).toEqual([]);
  });

  it('refuses a run that goes on', async () => {
    const handle = await env.start(plan(`tasks: [{ id: a, prompt: 'Run: touch goes; sleep 30' }]`));
    await until('the tool is at work', () => existsSync(file('goes')));
    await expect(env.client.rollback(handle.id)).rejects.toThrow('goes on');
    await handle.cancel();
    expect((await handle.result()).status).toBe('cancelled');
  });
});
