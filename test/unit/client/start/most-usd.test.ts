import { expect, it } from 'vitest';
import { withMostUsd } from '../../../../src/client/start/most-usd.ts';
import { agent } from '../../../support/plan/builders.ts';
import { yamlPlan } from '../../../support/plan/yaml-plan.ts';

const agents = [agent({ name: 'coder' }), agent({ name: 'judge' })];

function limitsAt(mostUsd: number, { usd, evaluationUsd }: { usd: number; evaluationUsd?: number }) {
  const checks = `checks: [{ name: good, judge: Is it good? }]`;
  const limits = evaluationUsd === undefined ? '' : `limits: { usd: ${evaluationUsd} }, `;
  const evaluate = `evaluate: { ${limits}${checks} }`;
  const text = `name: w\nlimits: { usd: ${usd} }\n${evaluate}\ntasks: [{ id: a, profile: coder, prompt: Do. }]\n`;
  const { limits: own, evaluate: found, workflows } = withMostUsd(yamlPlan(text, { agents }), mostUsd);
  return [own.usd, workflows![found!.plan!]!.limits.usd];
}

it('holds a run and the evaluation that it starts to one amount, whatever the file says', () => {
  expect(limitsAt(5, { usd: 500, evaluationUsd: 400 })).toEqual([4, 1]);
  expect(limitsAt(5, { usd: 500 })).toEqual([4, 1]);
  expect(limitsAt(5, { usd: 500, evaluationUsd: 0.5 })).toEqual([4.5, 0.5]);
  expect(limitsAt(5, { usd: 1, evaluationUsd: 400 })).toEqual([1, 4]);
  expect(limitsAt(5, { usd: 2 })).toEqual([2, 1]);
});

it('gives a run without an evaluation all of it', () => {
  const plan = yamlPlan('name: w\ntasks: [{ id: a, profile: coder, prompt: Do. }]\n', { agents });
  expect(withMostUsd(plan, 3)).toEqual({ ...plan, limits: { ...plan.limits, usd: 3 } });
});

it('refuses what is no amount of money', () => {
  const plan = yamlPlan('name: w\ntasks: [{ id: a, profile: coder, prompt: Do. }]\n', { agents });
  for (const usd of [Number.NaN, Infinity, -1, 0, '1' as unknown as number])
    expect(() => withMostUsd(plan, usd)).toThrow('`mostUsd` is');
});
