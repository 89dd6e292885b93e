/*
 * Which model does an attempt where the plan says `auto`.
 *
 * T1 The complexity of the task says where on the ladder of models it begins: as its author declared it, else as it is estimated.
 * T2 What became of the same task before comes second: a model with which more of its last attempts failed than succeeded is passed over,
 *    and one that succeeded thrice running lets the next cheaper one be tried, unless that one has failed it, and only where a failed
 *    attempt may be tried again: thrift never costs a task its result.
 * T3 In the run itself every failed attempt leads one step up.
 * T4 Nothing here looks at a clock or at what runs meanwhile: the same facts give the same choice.
 */
import type { ModelChoice } from './model-table.ts';
import { modelNameOf } from './model-table.ts';
import type { Complexity, ModelTiers } from '../complexity.ts';
import { ladderOf } from './model-tiers.ts';

/** An attempt at the same task that came to its end, in this run or in an earlier one of the same workflow. */
export interface PastAttempt {
  /** As `modelNameOf` has it. */
  model: string;
  succeeded: boolean;
  /** What an evaluation gave its result, 0 to 100; left out: nobody judged it. */
  score?: number;
}

/** What a choice is made of. */
export interface TierQuestion {
  tiers: ModelTiers;
  complexity: Complexity;
  /** Why it is of that complexity, in words: `declared`, `estimated: a long prompt`. */
  because: string;
  /** Attempts at the task before, newest first. */
  past: readonly PastAttempt[];
  /** Models of the attempts at this execution that failed, first to last. */
  failed: readonly string[];
  /** Whether a failed attempt is tried again. */
  mayTryAgain: boolean;
}

/** What was chosen, and why, in words for people. */
export interface TierChoice {
  choice: ModelChoice;
  complexity: Complexity;
  reason: string;
}

/** How many attempts with a model say something of it. */
const lastAttempts = 10;
/** How many successes running let a cheaper one be tried. */
const successesRunning = 3;
/** The score from which on an attempt counts as one that succeeded. */
const passingScore = 50;

/** Chooses the model of an attempt. */
export function chooseTier(question: TierQuestion): TierChoice {
  const { tiers, complexity, because, failed } = question;
  const ladder = ladderOf(tiers);
  const told = `${complexity}, ${because}`;
  if (failed.length > 0) {
    const last = failed.at(-1)!;
    const before = ladder.findIndex((choice) => modelNameOf(choice) === last);
    const step = Math.min(before + 1, ladder.length - 1);
    const isTop = step === before;
    return toChoice(
      ladder[step]!,
      complexity,
      `${told}; ${last} failed${isTop ? ', and there is no higher tier' : ''}`,
    );
  }
  const start = ladder.findIndex((choice) => modelNameOf(choice) === modelNameOf(tiers[complexity]));
  const { step, why } = afterPast(ladder, start, question);
  return toChoice(ladder[step]!, complexity, [told, ...why].join('; '));
}

function toChoice(choice: ModelChoice, complexity: Complexity, reason: string): TierChoice {
  return { choice, complexity, reason };
}

// T2
function afterPast(
  ladder: readonly ModelChoice[],
  start: number,
  { past, mayTryAgain }: TierQuestion,
): { step: number; why: string[] } {
  const recordOf = (step: number): Record => toRecord(past, modelNameOf(ladder[step]!));
  const why: string[] = [];
  let step = start;
  for (; step < ladder.length - 1; step++) {
    const { tried, failed } = recordOf(step);
    if (failed * 2 <= tried) break;
    why.push(`${modelNameOf(ladder[step]!)} failed ${failed} of the last ${tried} times`);
  }
  if (step > start || !mayTryAgain) return { step, why };
  for (; step > 0; step--) {
    const { running } = recordOf(step);
    const cheaper = recordOf(step - 1);
    if (running < successesRunning || cheaper.failed > 0) break;
    why.push(`${modelNameOf(ladder[step]!)} succeeded the last ${running} times, so a cheaper one is tried`);
  }
  return { step, why };
}

interface Record {
  tried: number;
  failed: number;
  /** Successes since the last failure. */
  running: number;
}

function toRecord(past: readonly PastAttempt[], model: string): Record {
  const own = past.filter((attempt) => attempt.model === model).slice(0, lastAttempts);
  const good = own.map(({ succeeded, score }) => succeeded && (score ?? 100) >= passingScore);
  const firstBad = good.indexOf(false);
  return {
    tried: good.length,
    failed: good.filter((isGood) => !isGood).length,
    running: firstBad < 0 ? good.length : firstBad,
  };
}
