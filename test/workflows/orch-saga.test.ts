import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { reach } from '../support/run/reach.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
const fails = { name: 'fails', when: (c: ScriptedConversation) => c.prompt === 'Fail.', answer: () => refusal };
const refusal = { fault: { kind: 'refusal' } } as const;
const slow = {
  name: 'slow',
  when: (c: ScriptedConversation) => c.prompt === 'Slow.',
  answer: () => ({ text: 'late', latencyMs: 20_000 }),
};
const asks = {
  name: 'asks',
  when: (c: ScriptedConversation) => c.prompt.endsWith('Ask how.') && c.results.length === 0,
  answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'Which one?', needs: 'a name' } }] }),
};
const answered = {
  name: 'answered',
  when: (c: ScriptedConversation) => c.prompt.endsWith('Ask how.'),
  answer: (c: ScriptedConversation) => ({ text: `heard: ${c.results.at(-1)!.content}` }),
};
const undo = (id: string) => `compensate: { bash: 'echo "${id} $GAFFER_TASK_ENDED" >> undone.txt' }`;

describe('ORCH-007: what was done is undone', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv({ script: { rules: [fails, slow, asks, answered, echo] } });
  });
  afterAll(() => env.close());
  const undone = () => readFileSync(join(env.workspace, 'undone.txt'), 'utf8').trim().split('\n');
  const fresh = () => writeFileSync(join(env.workspace, 'undone.txt'), '');

  it('in reverse order of the ends when a task fails, and one failing compensation does not stop the others', async () => {
    fresh();
    const result = await env.run(
      yamlPlan(`
on_failure: compensate
tasks:
  - { id: a, prompt: A, ${undo('a')} }
  - { id: b, prompt: B, depends_on: [a], compensate: { bash: 'echo broken; exit 3' } }
  - { id: c, prompt: C, depends_on: [b], ${undo('c')} }
  - { id: d, prompt: Fail., depends_on: [c], ${undo('d')} }
  - { id: e, prompt: E, depends_on: [d], ${undo('e')} }
`),
    );
    expect(undone()).toEqual(['d true', 'c true', 'a true']);
    expect(result.status).toBe('failed');
    expect(result.reason).toContain('rolled back');
    expect(result.compensations.map(({ taskId, status }) => [taskId, status])).toEqual([
      ['d', 'succeeded'],
      ['c', 'succeeded'],
      ['b', 'failed'],
      ['a', 'succeeded'],
    ]);
    expect(result.compensations[2]!.error).toContain('3');
    expect(result.tasks).toMatchObject({
      a: { status: 'compensated' },
      b: { status: 'succeeded' },
      e: { status: 'skipped' },
    });
    const types = (await env.story(result.runId)).map((event) => event.type);
    expect(types.filter((type) => type === 'compensation:start')).toHaveLength(4);
    expect(types.filter((type) => type === 'compensation:error')).toHaveLength(1);
  });

  it('never by a command in which a value does not arrive, and such an undo is not called done', async () => {
    fresh();
    const plan = yamlPlan(`
on_failure: compensate
inputs: { f: { default: "two words" }, none: { required: false } }
tasks:
  - { id: a, prompt: A, compensate: { bash: 'echo \${{ inputs.f }} >> undone.txt' } }
  - { id: b, prompt: B, depends_on: [a], compensate: { bash: 'rm -f "\${{ inputs.f }}"' } }
  - { id: c, prompt: C, depends_on: [b], compensate: { bash: 'rm -f "\${{ inputs.none }}"' } }
  - { id: c2, prompt: C2, depends_on: [c], compensate: { bash: 'rm -f "\${{ inputs.f }}"' } }
  - { id: d, prompt: Fail., depends_on: [c2] }
`);
    // As the plan of an earlier version has it.
    const commands = {
      b: "rm -f '${GAFFER_VALUE_1}'",
      c2: 'bash -c \'true "${GAFFER_VALUE_1}"\' `echo ${GAFFER_VALUE_1}`',
    };
    for (const [name, command] of Object.entries(commands)) {
      const old = plan.tasks.find(({ id }) => id === name)!.compensate!;
      if (old.kind === 'bash') old.command = command;
    }
    const { compensations } = await env.run(plan);
    expect(undone()).toEqual(['two words']);
    expect(compensations.map(({ taskId, status }) => [taskId, status])).toEqual([
      ['c2', 'succeeded'],
      ['c', 'failed'],
      ['b', 'failed'],
      ['a', 'succeeded'],
    ]);
    expect(compensations[1]!.error).toContain('the value of ${{ inputs.none }} is null');
    expect(compensations[2]!.error).toContain('does not arrive inside of single quotes');
  });

  it('on a cancel, first what never ended', async () => {
    fresh();
    const run = await env.start(
      yamlPlan(`
tasks:
  - { id: a, prompt: A, ${undo('a')} }
  - { id: b, prompt: Slow., depends_on: [a], ${undo('b')} }
`),
    );
    for await (const event of run.events()) {
      if (event.type === 'agent:invoke' && event.taskId === 'b') break;
    }
    await run.cancel();
    const result = await run.result();
    expect(result.status).toBe('cancelled');
    expect(undone()).toEqual(['b false', 'a true']);
  });

  it("on the run's own deadline, by an agent too", async () => {
    fresh();
    const result = await env.run(
      yamlPlan(`
limits: { timeout: 2s }
tasks:
  - { id: a, prompt: A, compensate: { prompt: "Undo \${{ tasks.a.output }}", profile: writer } }
  - { id: b, prompt: Slow., depends_on: [a] }
`),
    );
    expect(result).toMatchObject({ status: 'stopped', compensations: [{ taskId: 'a', status: 'succeeded' }] });
    const asked = env.model.requests.filter((request) => JSON.stringify(request.body).includes('Undo did: A'));
    expect(asked).toHaveLength(1);
  });

  it.each(['child', 'inline', 'auto'])(
    'by an agent that hears what it asked for, also once the run is cancelled (%s)',
    async (tasks) => {
      const run = await env.start(
        yamlPlan(`
limits: { tasks: ${tasks} }
tasks:
  - { id: a, prompt: A, compensate: { prompt: Ask how. } }
  - { id: b, prompt: B, depends_on: [a], approval: before }
`),
      );
      await reach(run, 'approval:requested');
      await run.cancel();
      await reach(run, 'blocker:raised');
      await run.answer({ text: 'the blue one', by: 'ann' });
      const result = await run.result();
      expect(result).toMatchObject({ status: 'cancelled', compensations: [{ taskId: 'a', status: 'succeeded' }] });
      const own = env.model.requests.filter(({ callKey }) => callKey?.startsWith(run.runKey));
      expect(own.filter((request) => JSON.stringify(request.body).includes('the blue one'))).toHaveLength(1);
    },
  );

  it.each(['child', 'inline', 'auto'])(
    'by an agent, of a run that was paused when it was cancelled (%s)',
    async (tasks) => {
      const run = await env.start(
        yamlPlan(`
limits: { tasks: ${tasks} }
tasks:
  - { id: a, prompt: A, compensate: { prompt: Ask how. } }
  - { id: b, prompt: B, depends_on: [a], approval: before }
`),
      );
      await reach(run, 'approval:requested');
      await run.pause();
      await reach(run, 'run:paused', ({ state }) => state === 'paused');
      await run.cancel();
      await reach(run, 'blocker:raised');
      expect((await run.view()).status).toBe('compensating');
      await run.answer({ text: 'the red one', by: 'ann' });
      const result = await run.result();
      expect(result).toMatchObject({ status: 'cancelled', compensations: [{ taskId: 'a', status: 'succeeded' }] });
      expect((await env.story(run.id)).map(({ type }) => type)).not.toContain('run:resumed');
    },
  );
});
