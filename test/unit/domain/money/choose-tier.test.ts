import { describe, expect, it } from 'vitest';
import type { Complexity } from '../../../../src/domain/complexity.ts';
import type { PastAttempt, TierQuestion } from '../../../../src/domain/money/choose-tier.ts';
import { chooseTier } from '../../../../src/domain/money/choose-tier.ts';
import { estimateComplexity } from '../../../../src/domain/money/estimate-complexity.ts';
import { toTiers } from '../../../../src/domain/money/model-tiers.ts';

const [haiku, sonnet, opus] = ['claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-opus-4-7'];
const base: TierQuestion = {
  tiers: toTiers({}),
  complexity: 'moderate',
  because: 'declared',
  past: [],
  failed: [],
  mayTryAgain: true,
};
/** `h+ h-`: an attempt with haiku that succeeded, before it one that failed; `s40`: one with sonnet whose result got 40 of 100. */
function past(text: string): PastAttempt[] {
  const models = { h: haiku!, s: sonnet!, o: opus! };
  return text.split(' ').map((word) => ({
    model: models[word[0] as keyof typeof models],
    succeeded: word[1] !== '-',
    ...(/\d/.test(word) && { score: Number(word.slice(1)) }),
  }));
}

describe('a model that is chosen', () => {
  it.each<[what: string, complexity: Complexity, past: string, model: string]>([
    ['is as cheap as the work is simple', 'simple', '', haiku!],
    ['is in the middle for moderate work', 'moderate', '', sonnet!],
    ['is the best for complex work', 'complex', '', opus!],
    ['is passed over when it failed the task more often than not', 'simple', 'h- h+ h-', sonnet!],
    ['stays when it failed as often as not', 'simple', 'h- h+', haiku!],
    ['is passed over together with the next when both failed', 'simple', 'h- s-', opus!],
    ['is the best even where that failed too', 'complex', 'o- o-', opus!],
    ['is tried cheaper after three successes running', 'moderate', 's+ s+ s+', haiku!],
    ['is not tried cheaper after two', 'moderate', 's+ s+ s- s+', sonnet!],
    ['is not tried cheaper where that has failed before', 'moderate', 's+ s+ s+ h-', sonnet!],
    ['goes down step by step', 'complex', 'o+ o+ o+ s+ s+ s+', haiku!],
    ['goes by scores, too: a poor result is none', 'simple', 'h40 h30', sonnet!],
    ['forgets what is long ago', 'simple', `${'h+ '.repeat(10)}${'h- '.repeat(20)}`.trim(), haiku!],
  ])('%s', (_what, complexity, before, model) => {
    const { choice, reason } = chooseTier({ ...base, complexity, past: before === '' ? [] : past(before) });
    expect(choice.model, reason).toBe(model);
  });

  it('is not cheaper than the work asks for where a failed attempt is the last', () => {
    const { choice } = chooseTier({ ...base, past: past('s+ s+ s+'), mayTryAgain: false });
    expect(choice.model).toBe(sonnet);
  });

  it('is one tier higher after each failed attempt of its run, and says why', () => {
    const up = (failed: string[]) => chooseTier({ ...base, complexity: 'simple', failed });
    expect(up([haiku!])).toMatchObject({ choice: { model: sonnet }, reason: `simple, declared; ${haiku} failed` });
    expect(up([haiku!, sonnet!]).choice.model).toBe(opus);
    expect(up([haiku!, sonnet!, opus!]).reason).toContain('there is no higher tier');
  });

  it('comes from the tiers that are named, each model once', () => {
    const tiers = toTiers({ simple: 'gpt-5-mini', moderate: 'gpt-5-mini', complex: 'gpt-5' });
    const { choice } = chooseTier({ ...base, tiers, complexity: 'simple', failed: ['openai/gpt-5-mini'] });
    expect(choice).toEqual({ model: 'gpt-5', provider: 'openai' });
  });
});

describe('complexity that nobody declared', () => {
  const short = { promptLength: 100, changesFiles: false, dependencies: 0, splits: false };
  it.each([
    ['simple', short, 'estimated: a short prompt, and nothing to change'],
    ['moderate', { ...short, changesFiles: true }, 'estimated: can change files'],
    ['moderate', { ...short, promptLength: 9000 }, 'estimated: a very long prompt'],
    [
      'complex',
      { ...short, promptLength: 9000, dependencies: 4 },
      'estimated: a very long prompt, goes on from 4 tasks',
    ],
    ['complex', { ...short, splits: true }, 'estimated: splits work'],
  ])('is %s by what is known before', (complexity, facts, because) => {
    expect(estimateComplexity(facts)).toEqual({ complexity, because });
  });
});
