/*
 * A1 Nothing is recommended but what a paired test says, two-sided at `alpha`, corrected for all questions that are asked at once (find-regression.ts).
 * A2 A question is one task, asked in one way and in another: as it is now and as it was before its last change, or by two models.
 * A3 What was changed is named, with what was changed before the task: where several things were, nobody can say which one it was.
 * A4 Costs are held to the same test, among the same questions: where it says nothing, nothing is said of them.
 * A5 A change came before the run that is looked at: what only later runs were asked is none. Models are held against each other whenever they were asked.
 */
import { findRegression, type Compared } from './find-regression.ts';
import { meanOf, usualRule, type Rule } from './judge-pairs.ts';
import { groupBy, type Observation } from './observation.ts';
import { recommendationText, type Recommendation, type Way } from './recommendation.ts';
import type { TriedRun, TriedTask } from './tried-run.ts';

interface Trial extends TriedTask {
  run: string;
  case: string;
}

/** `runs`: all, newest first; `earlier`: those before `own`. */
interface Asked {
  own: TriedRun;
  other: TriedRun | undefined;
  runs: readonly TriedRun[];
  earlier: readonly TriedRun[];
}

interface Question {
  task: string;
  now: readonly Trial[];
  before: readonly Trial[];
}

/**
 * What earlier runs give reason to do about the tasks of one. `runs`: of one workflow, newest first, with the one called `of`; `against`: only what
 * differs from that one is asked, the later one of both as it is now.
 */
export function recommend(
  runs: readonly TriedRun[],
  { of, against, rule = usualRule }: { of: string; against?: string; rule?: Rule },
): Recommendation[] {
  const places = [of, ...(against === undefined ? [] : [against])].map((name) =>
    runs.findIndex(({ run }) => run === name),
  );
  if (places.includes(-1)) return [];
  // A5: of two runs the later one is how it is now.
  const [place, otherPlace] = places.toSorted((one, two) => one - two);
  const earlier = runs.slice(place! + 1);
  const asked = { own: runs[place!]!, other: otherPlace === undefined ? undefined : runs[otherPlace], runs, earlier };
  const questions = Object.keys(asked.own.tasks).flatMap((task) => questionsOf(task, asked));
  const found = findings(questions, rule);
  return questions.flatMap((question, at) => {
    const [score, cost] = [found.get(`score ${at}`), found.get(`cost ${at}`)];
    return score && cost ? (toRecommendation(question, { score, cost }, rule) ?? []) : [];
  });
}

function questionsOf(task: string, { own, other, runs, earlier }: Asked): Question[] {
  const trials = runs.flatMap((run): Trial[] => {
    const tried = run.tasks[task];
    return tried ? [{ ...tried, run: run.run, case: run.case }] : [];
  });
  const ways = groupBy(trials, wayKey);
  const now = ways.get(wayKey(own.tasks[task]!))!;
  const cases = new Set(now.map((trial) => trial.case));
  // A way that was never asked in the same case says nothing, and hides none that was.
  const others = [...ways.values()].filter((each) => each !== now && each.some((trial) => cases.has(trial.case)));
  // A model that is chosen anew in each run is no change that came between them.
  const changed = earlier
    .flatMap(({ tasks }) => tasks[task] ?? [])
    .map((tried) => ways.get(wayKey(tried))!)
    .find((each) => others.includes(each) && !isOfModel(each[0]!, now[0]!));
  const asked = other
    ? others.filter((each) => each.some(({ run }) => run === other.run))
    : others.filter((each) => each === changed || isOfModel(each[0]!, now[0]!));
  return asked.map((before) => ({ task, now, before }));
}

function wayKey({ asked, before }: TriedTask): string {
  return JSON.stringify([asked, before]);
}

function isOfModel(one: TriedTask, other: TriedTask): boolean {
  const { changed, changedBefore } = changesOf(one, other);
  return changed.length === 1 && changed[0] === 'model' && changedBefore.length === 0;
}

function changesOf(one: TriedTask, other: TriedTask): Pick<Recommendation, 'changed' | 'changedBefore'> {
  const differing = (first: Record<string, number>, second: Record<string, number>): string[] =>
    [...new Set([...Object.keys(first), ...Object.keys(second)])].filter((key) => first[key] !== second[key]);
  return { changed: differing(one.asked, other.asked), changedBefore: differing(one.before, other.before) };
}

/** Findings about scores and costs by the places of their questions, all of them one family (A1); a question without a pair has none. */
function findings(questions: readonly Question[], rule: Rule): Map<string, Compared> {
  const observe = (side: 'now' | 'before'): Observation[] =>
    // Oldest first: runs of a case are paired in the order they came.
    questions.flatMap((question, at) =>
      question[side].toReversed().flatMap(({ case: name, score, costUsd, passed }) => [
        { case: name, step: `score ${at}`, score, passed },
        // In thousandths: the test rounds to a millionth, and a call may cost less than that.
        { case: name, step: `cost ${at}`, score: costUsd * 1000, passed },
      ]),
    );
  const marginOf = (step: string): number => (step.startsWith('cost') ? 0 : rule.margin);
  const { steps } = findRegression(observe('before'), observe('now'), rule, marginOf);
  return new Map(steps.map(({ step, ...found }) => [step, found]));
}

function toRecommendation(
  { task, now, before }: Question,
  { score, cost }: { score: Compared; cost: Compared },
  { margin }: Rule,
): Recommendation | null {
  const { verdict, difference, interval, p, pairs, pairOf } = score;
  if (verdict === 'not enough evidence' || difference === null) return null;
  const costChange = cost.verdict === 'worse' || cost.verdict === 'better' ? costChangeOf(now, before) : null;
  if (verdict === 'same' && costChange === null) return null;
  const found = {
    ...{ task, now: toWay(now), before: toWay(before), ...changesOf(now[0]!, before[0]!) },
    ...{ verdict, difference, interval, p, pairs, pairOf, margin, costChange },
  };
  return { ...found, text: recommendationText(found) };
}

function toWay([newest]: readonly Trial[]): Way {
  const { run, agent, model } = newest!;
  return { run, agent, model };
}

/** Over the cases that both have, so that dear cases count alike on both sides; null: the one before cost nothing. */
function costChangeOf(now: readonly Trial[], before: readonly Trial[]): number | null {
  const costs = (trials: readonly Trial[]) =>
    new Map(
      [...groupBy(trials, (trial) => trial.case)].map(([name, of]) => [name, meanOf(of.map((each) => each.costUsd))]),
    );
  const [later, earlier] = [costs(now), costs(before)];
  const cases = [...later.keys()].filter((name) => earlier.has(name));
  const base = meanOf(cases.map((name) => earlier.get(name)!));
  return base === 0 ? null : meanOf(cases.map((name) => later.get(name)!)) / base - 1;
}
