import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lineage } from '../../src/contracts/orchestrate-input.ts';
import { loadPlan } from '../../src/definition/load-plan.ts';
import type { JsonValue } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import type { OracleEntry } from '../support/script/oracle.ts';
import { readOracle, readScript } from '../support/script/oracle.ts';
import { openRunEnv, type RunEnv } from '../support/run/run-env.ts';
import { startFrom } from '../support/run/start-from.ts';

type Turn = OracleEntry['answers'][string];

// Whose answers are texts or JSON, in any order of their ends.
const isPlain = (turn: Turn): boolean =>
  typeof turn === 'string' ||
  (!Array.isArray(turn) && ('json' in turn || 'text' in turn) && turn.delay === undefined && turn.stop === undefined);
const isTried = ({ file, expect: expected, answers, children = [] }: OracleEntry): boolean =>
  // What was taken over costs nothing.
  !file.includes('budget') &&
  expected?.status === 'completed' &&
  expected.returned !== undefined &&
  JSON.stringify(expected.returned).length < 200_000 &&
  !expected.informative?.includes('returned') &&
  children.length === 0 &&
  (expected.modelCalls ?? 0) > 0 &&
  expected.modelCalls! < 30 &&
  Object.values(answers).every(isPlain);
const tried = readOracle().filter(isTried).slice(0, 20);

// Runs side by side are told apart by whom they ask.
const oracle = {
  name: 'oracle',
  when: () => true,
  answer: ({ system, prompt }: ScriptedConversation) => {
    const { answers } = tried[Number(/number (\d+)/.exec(system)![1])]!;
    const keys = Object.keys(answers).filter((key) => prompt.includes(key));
    const turn = answers[keys.sort((a, b) => b.length - a.length)[0] ?? ''] ?? 'something new';
    if (typeof turn === 'string') return { text: turn };
    if (Array.isArray(turn)) return { text: '' };
    return { text: 'json' in turn ? JSON.stringify(turn.json) : (turn.text ?? '') };
  },
};

function planOf(text: string, number: number): Plan {
  const named = { name: 'general', description: '', tools: [], system: `You are number ${number}.` };
  const agents = new Map([['general', { ...planDefaults.agent, ...named }]]);
  const { args } = tried[number]!;
  const inputs = args === undefined ? {} : { args: args as JsonValue };
  const registry = { agents, diagnostics: [], dirs: [] };
  return loadPlan({ kind: 'text', text, file: 'tried.js' }, { agents: registry, inputs, cwd: '/' }).plan;
}

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({ script: { rules: [oracle] } });
});
afterAll(() => env.close());

it('asks none again of twenty scripts that are edited and have an agent more in front', async () => {
  const asked = (number: number) =>
    env.model.requests.filter(({ body }) => JSON.stringify(body).includes(`You are number ${number}.`)).length;
  const all = tried.map(async (entry, number) => {
    const text = readScript(entry.file, entry.padTo);
    const first = await env.run({ ...planOf(text, number), workspace: env.workspace });
    const before = asked(number);
    const { runKey } = (await env.store.runs.find(first.runId))!;
    const lineage: Lineage = { kind: 'reuse', run: first.runId, runKey, from: null, redo: [], only: null };
    const edited = text.replace(/\n\n/, "\n\n// edited\nlog('begins')\nawait agent('One more', { label: 'more' })\n");
    const plan = { ...planOf(edited, number), workspace: env.workspace };
    const again = await (await startFrom(env, { plan, runId: `${first.runId}-again`, lineage })).result();
    return {
      ...{
        file: entry.file,
        status: first.status,
        returned: first.outputs?.['result'],
        again: again.outputs?.['result'],
      },
      ...{ asked: asked(number) - before, expected: entry.expect!.returned },
    };
  });
  const done = await Promise.all(all);
  expect(done).toHaveLength(20);
  for (const { file, returned, again, expected } of done)
    expect({ file, returned, again }).toEqual({ file, returned: expected, again: expected });
  // Each asks the one that is new; an agent that failed is asked again.
  const whole = done.filter(({ status }) => status === 'succeeded');
  expect(whole.filter(({ asked: again }) => again > 1)).toEqual([]);
  expect(whole.filter(({ asked: again }) => again === 1).length).toBeGreaterThan(15);
});
