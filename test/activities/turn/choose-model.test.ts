import { describe, expect, it } from 'vitest';
import { whoAnswers } from '../../../src/activities/turn/choose-model.ts';
import { toTiers } from '../../../src/domain/money/model-tiers.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { writeEvaluation } from '../../../src/store/evaluation/evaluations.ts';
import type { StoredMessage } from '../../../src/store/run/conversation.ts';
import { pastAttempts } from '../../../src/store/task/model-choices.ts';
import { agent, plan, task } from '../../support/plan/builders.ts';
import { evaluation } from '../../support/plan/evaluation.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();

const one = task({ id: 'one', complexity: 'simple' });
const worker = agent({ model: 'auto', tools: [] });
const crew = (more: Partial<Plan> = {}): Plan =>
  plan({ agents: { worker }, tasks: [one], tiers: toTiers({}), ...more });
const prompt: StoredMessage = {
  ...{ id: 'm', parent: null, root: 'm', viewFrom: null, depth: 1, callKey: 'one~1/1/0', role: 'user' },
  content: [{ type: 'text', text: 'Do it' }],
};
const models = { kind: 'scripted' as const, names: [], find: () => undefined };

async function chosenIn({ frozen }: StoreRun, choiceOf?: () => { model: string; complexity: 'simple' }) {
  const dependencies = { store: store(), tools: new Map(), models: { ...models, ...(choiceOf && { choiceOf }) } };
  const asked = { agent: 'worker', taskId: 'one', attempt: 1 };
  return (await whoAnswers(dependencies, frozen, asked, { task: one, prompt })).chosen!;
}

describe('a model that is chosen', () => {
  it('counts a task that checks scored below 50 as failed, in the runs after it; with `learn: false` it does not', async () => {
    const first = await open(crew());
    expect((await chosenIn(first)).model).toContain('haiku');
    await first.begin('one');
    await first.succeed('one', 'done');
    const check = { name: 'c', kind: 'judge', weight: 1, score: 30, detail: '' } as const;
    const judged = evaluation({ one: { score: 30, checks: [check] } });
    await writeEvaluation(store().sql, first.frozen.no, { byRun: 'e', evaluation: judged });
    const second = await open(crew());
    expect(await pastAttempts(store().sql, second.frozen.no, 'one')).toEqual([
      { model: 'claude-haiku-4-5', succeeded: true, score: 30 },
    ]);
    expect(await chosenIn(second)).toMatchObject({
      model: expect.stringContaining('sonnet') as string,
      reason: 'simple, declared; claude-haiku-4-5 failed 1 of the last 1 times',
    });
    const quiet = await open(crew({ evaluate: { checks: [], plan: null, learns: false } }));
    expect(await chosenIn(quiet)).toMatchObject({ model: 'claude-haiku-4-5', reason: 'simple, declared' });
  });

  it('is scored by nobody where no check looked at its task', async () => {
    const first = await open(crew({ name: 'unchecked' }));
    await chosenIn(first);
    await first.begin('one');
    await first.succeed('one', 'done');
    await writeEvaluation(store().sql, first.frozen.no, { byRun: 'e', evaluation: evaluation({ one: { score: 30 } }) });
    const unseen = { name: 'c', kind: 'judge', weight: 1, score: null, detail: '' } as const;
    const later = evaluation({ one: { score: 30, checks: [unseen] } });
    await writeEvaluation(store().sql, first.frozen.no, { byRun: 'f', evaluation: later });
    const second = await open(crew({ name: 'unchecked' }));
    expect(await pastAttempts(store().sql, second.frozen.no, 'one')).toEqual([
      { model: 'claude-haiku-4-5', succeeded: true },
    ]);
  });

  it('is that of the cassette in a replay, but for one that the plan does not have', async () => {
    const opus = toTiers({}).complex.model;
    const replayed = (model: string) => async () => {
      const run = await open(crew({ name: 'replayed' }));
      return chosenIn(run, () => ({ model, complexity: 'simple' }));
    };
    expect(await replayed(opus)()).toEqual({ model: opus, complexity: 'simple', reason: 'as in the cassette' });
    expect(await replayed('strange/model')()).toMatchObject({ model: 'claude-haiku-4-5', reason: 'simple, declared' });
  });
});
