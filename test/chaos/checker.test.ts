import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { aboutFiles } from '../support/invariants/crew.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import type { Execution } from '../support/invariants/temporal-witness.ts';
import { TemporalWitness } from '../support/invariants/temporal-witness.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

// A checker that sees nothing passes everything: here it is shown what it must find. What it is shown of one run adds up.
describe('the checker of invariants', () => {
  let env: RunEnv;
  let handle: Run;
  beforeAll(async () => {
    env = await openRunEnv({
      script: { rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'done' }) }] },
    });
    handle = await env.start(yamlPlan('tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B, depends_on: [a] }\n'));
    await handle.result();
    expect(await violations(env, handle.runKey, [])).toEqual([]);
  });
  afterAll(() => env.close());

  const ofRun = 'run_no = (select no from runs where run_key = $1)';

  it.each([
    {
      what: 'a key in a message',
      statement: `update messages set content = json_build_array(json_build_object('type', 'text', 'text', $2::text)) where ${ofRun}`,
      finds: /^V13 the table messages/,
    },
    {
      what: 'a key in an event, in hexadecimal',
      statement: `update events set data = data || jsonb_build_object('note', encode($2::bytea, 'hex')) where seq = 3 and ${ofRun}`,
      finds: /^V13 the table events/,
    },
    {
      what: 'money spent beyond the limit',
      statement: `update runs set limit_nano = 1 where run_key = $1 and $2 <> ''`,
      finds: /^V3 .*"over":1/,
    },
    {
      what: 'a result that is not the one in Temporal',
      statement: `update runs set result = jsonb_set(result::jsonb, '{reason}', '"because"')::json where run_key = $1 and $2 <> ''`,
      finds: /^V12 Temporal has another result/,
    },
    {
      what: 'a task that starts before its dependency',
      statement: `update events set data = jsonb_set(data, '{taskId}', '"b"') where ${ofRun} and data ->> 'type' = 'task:start' and $2 <> ''`,
      finds: /^V6 b starts/,
    },
    {
      what: 'a message that was read and stands nowhere',
      statement: `insert into inbox (run_no, id, context, sender, body, from_context, state, read_at, delivered_in)
        select no, 'm', 'b', 'a', 'hello', 'a', 'read', now(), 'b~1/1/0' from runs where run_key = $1 and $2 <> ''`,
      finds: /^V14 m is read, but the turn b~1/,
    },
    {
      what: 'work handed over that nobody saw, though there were turns for it',
      statement: `insert into inbox (run_no, id, context, sender, body, kind, from_context, state, at)
        select no, 'h', 'b', 'a', 'half is done', 'handoff', 'a', 'dead', started_at - interval '1 hour' from runs where run_key = $1 and $2 <> ''`,
      finds: /^V14 h is dead, and came before the last turn of b/,
    },
    {
      what: 'a lock of an attempt that has ended',
      statement: `insert into state_locks (run_no, key, token, task, attempt, actor, expires_at)
        select no, 'k', 1, 'a', 1, 'a', now() from runs where run_key = $1 and $2 <> ''`,
      finds: /^V15 a~1 has ended and holds k/,
    },
  ])('finds $what', async ({ statement, finds }) => {
    await env.store.sql.query(statement, [handle.runKey, env.settings.models.accounts['anthropic']!.apiKey]);
    expect(await violations(env, handle.runKey, [])).toContainEqual(expect.stringMatching(finds));
  });

  it('finds tasks at work together whose files overlap', async () => {
    const { tasks, ...rest } = await env.store.runs.plan((await env.store.runs.find(handle.id))!.planHash);
    const plan = { ...rest, tasks: tasks.map((task) => ({ ...task, filesScope: ['src'] })) };
    const begun = (await env.story(handle.id)).filter((event) => event.type === 'task:start');
    const together = begun.map((event, at) => ({ ...event, taskId: 'ab'[at]! }));
    expect(aboutFiles(together, plan)).toEqual([expect.stringMatching(/^V15 b starts with files that a holds/)]);
  });

  it('finds a history that the code would not have made, and a key in one', async () => {
    const { temporal } = env;
    const change = async (to: (execution: Execution) => void): Promise<string[]> => {
      const changed = new TemporalWitness(env.settings.temporal, env.settings.workflowBundle!);
      changed.executionsOf = async (...run) => {
        const all = await temporal.executionsOf(...run);
        all.forEach(to);
        return all;
      };
      const found = await violations({ ...env, temporal: changed }, handle.runKey, []);
      await changed.close();
      return found;
    };
    const renamed = await change(({ history }) => {
      for (const event of history.events!) {
        const step = event.startChildWorkflowExecutionInitiatedEventAttributes;
        if (step) step.workflowType = { name: 'another' };
      }
    });
    expect(renamed).toContainEqual(expect.stringMatching(/^V11 .*determinism/));
    const leaking = await change(({ history }) => {
      history.events![0]!.workflowExecutionStartedEventAttributes!.identity =
        env.settings.models.accounts['anthropic']!.apiKey;
    });
    expect(leaking).toContainEqual(expect.stringMatching(/^V13 the history of/));
  });
});
