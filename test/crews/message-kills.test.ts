import { describe, expect, it } from 'vitest';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Script, ScriptedAnswer } from '../../src/testing/index.ts';
import { until } from '../support/base/until.ts';
import { seedsOf } from '../support/crash/seeds.ts';
import { openCrashStage } from '../support/crash/stage.ts';
import { violations } from '../support/invariants/invariants.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import { hasWaiting, holdLock } from '../support/store/table-locks.ts';

const uses = (name: string, input: Record<string, string>): ScriptedAnswer => ({ tools: [{ name, input }] });

const silent = 'is silent at first';

/** `expert` has ended when `asker` asks it, and when `giver` hands its work over to it. */
const script: Script = {
  rules: [
    {
      name: 'asks',
      when: ({ prompt }) => prompt.startsWith('Do asker.'),
      answer: ({ turn, lastResults: [answer] }) =>
        turn === 0 ? uses('ask', { to: 'expert', text: 'Which colour?' }) : { text: `I heard: ${answer?.content}` },
    },
    {
      name: silent,
      when: ({ prompt }) => prompt.includes('Which colour?'),
      answer: () => ({ text: 'It is gr', fault: { kind: 'stall' } }),
      times: 1,
    },
    {
      name: 'answers',
      when: ({ prompt }) => prompt.includes('Which colour?'),
      answer: () => ({ text: 'It is green.' }),
    },
    {
      name: 'hands over',
      when: ({ prompt }) => prompt.startsWith('Do giver.'),
      answer: () => uses('send_message', { to: 'expert', kind: 'handoff', text: 'Half is done.', afterwards: 'end' }),
    },
    {
      name: 'goes on',
      when: ({ prompt }) => prompt.includes('hands its work over'),
      answer: ({ prompt }) => ({ text: prompt.includes('Half is done.') ? 'All is done.' : 'What?' }),
    },
    { name: 'expert', when: ({ prompt }) => prompt.startsWith('Do expert.'), answer: () => ({ text: 'ready' }) },
  ],
};

function crewOf(tasks: 'child' | 'inline'): Plan {
  const after = (id: string) => [{ task: id, on: 'any_end' as const, from: 'explicit' as const }];
  return plan({
    communication: true,
    tasks: [
      task({ id: 'expert' }),
      task({ id: 'asker', dependsOn: after('expert') }),
      task({ id: 'giver', dependsOn: after('asker') }),
    ],
    agents: { worker: agent({ tools: ['send_message', 'ask'] }) },
    limits: { ...planDefaults.limits, tasks },
  });
}

const gate = 12;

describe.each(seedsOf(1).length > 1 ? (['child', 'inline'] as const) : (['child'] as const))(
  'ORCH-012 a worker that is killed among agents who talk, tasks %s',
  (tasks) => {
    const stage = openCrashStage({ script });

    it('while one waits for an answer, when it is there, and inside a handoff: all is said and paid once', async () => {
      const { env } = stage;
      env.model.setScript(script);
      // A handoff's last write, inside its transaction, waits for whoever holds the gate.
      await env.store.sql.query(`
        create or replace function wait_at_gate() returns trigger language plpgsql as
          'begin perform pg_advisory_xact_lock(${gate}); return new; end';
        create or replace trigger gate_of_handoffs before insert on events for each row
          when (new.data->>'kind' = 'handoff') execute function wait_at_gate();`);
      const lock = holdLock(env.store, `select pg_advisory_xact_lock(${gate})`);
      try {
        const run = await env.start(crewOf(tasks));
        const stateOf = async (kind: string) => (await run.messages()).find((one) => one.kind === kind)?.state;

        await until('who is asked begins to answer', () => env.model.requests.some(({ rule }) => rule === silent));
        const waiting = await stage.crash(run.runKey);
        expect(waiting.inFlight.size).toBe(1);
        await until('the answer is there', async () => (await stateOf('request')) === 'answered');
        const answered = await stage.crash(run.runKey);
        await until('the handoff waits', () => hasWaiting(env.store, `a.wait_event = 'advisory'`));
        const handing = await stage.crash(run.runKey, { release: () => lock.release() });

        const result = await run.result();
        expect(result.status).toBe('succeeded');
        const outputs = Object.entries(result.tasks).map(([id, { output }]) => [id.replace(/-.*/, ''), output]);
        expect(Object.fromEntries(outputs)).toMatchObject({
          asker: 'I heard: expert answers:\nIt is green.',
          answer: 'It is green.',
          handoff: 'All is done.',
        });
        expect(outputs).toHaveLength(5);
        expect((await run.messages()).map(({ kind, from, to, state }) => [kind, from, to, state])).toEqual([
          ['request', 'asker', 'expert', 'answered'],
          ['response', 'expert', 'asker', 'read'],
          ['handoff', 'giver', 'expert', 'read'],
        ]);
        expect(await violations(env, run.runKey, [waiting, answered, handing])).toEqual([]);
      } finally {
        await lock.release();
      }
    });
  },
);
