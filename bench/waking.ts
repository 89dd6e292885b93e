import { tmpdir } from 'node:os';
import type { Plan, PlanTask } from '../src/domain/plan/plan.ts';
import { planDefaults } from '../src/domain/plan/plan.ts';
import { TemporalWitness } from '../test/support/invariants/temporal-witness.ts';
import { builtBundle } from '../test/support/run/worker-process.ts';
import { maxTokens, model, system } from './cell.ts';
import type { Measured } from './measure.ts';
import type { ModelCounts } from './model-main.ts';
import { answerMs } from './model-script.ts';
import type { Program, ProgramName, Surroundings } from './program.ts';
import { groupBy, percentile, toRow } from './table.ts';

/** Agents that ask each other, once. Times in ms. */
export interface WakingSample {
  program: ProgramName;
  /** Of each wait, from when the answer was there to the asker's next model call. */
  wakeMs: number[];
  /** Of each asker, events in the history of its own, for each of its waits; none where tasks have no histories of their own. */
  askerEvents: number[];
  /** In the run's own history, for each wait: the task that answers is in it. */
  runEvents: number;
}

const agents = 100;
const questions = 3;
const waits = agents * questions;

/** Half of the agents ask the other half, all at once; then these ask back. Who is asked has nothing else to do. */
export async function measureWaking(
  program: Program,
  round: number,
  { measured, temporal }: { measured: Measured; temporal: Surroundings['temporal'] },
): Promise<WakingSample> {
  const runId = `waking-${program.name}-${round}`;
  await measured.model.ask({ waking: { questions } });
  await program.runPlan!(plan(), runId);
  const { firstAt } = await measured.model.ask<ModelCounts>('counts');
  const { runKey, asks } = await program.answeredAsks!(runId);
  if (asks.length !== waits) throw new Error(`${runId}: ${asks.length} of ${waits} questions were answered`);
  const wakeMs = asks.map(({ nextCall, at }) => {
    const { [nextCall]: calledAt } = firstAt;
    if (calledAt === undefined) throw new Error(`${runId}: there was no call ${nextCall}`);
    return calledAt - at;
  });
  return {
    ...{ program: program.name, wakeMs: wakeMs.toSorted((a, b) => a - b) },
    ...(await eventsOf(temporal, runId, runKey.slice(runId.length + 1))),
  };
}

async function eventsOf(
  temporal: Surroundings['temporal'],
  runId: string,
  firstExecution: string,
): Promise<Pick<WakingSample, 'askerEvents' | 'runEvents'>> {
  const witness = new TemporalWitness(temporal, builtBundle);
  try {
    const all = await witness.executionsOf(runId, firstExecution);
    const count = (some: typeof all): number => some.reduce((sum, { history }) => sum + history.events!.length, 0);
    const askers = groupBy(
      all.filter(({ workflowId }) => workflowId.startsWith(`${runId}/ask-`)),
      ({ workflowId }) => workflowId,
    );
    const askerEvents = [...askers.values()].map((each) => count(each) / questions);
    return { askerEvents, runEvents: count(all.filter(({ workflowId }) => workflowId === runId)) / waits };
  } finally {
    await witness.close();
  }
}

function plan(): Plan {
  const half = Array.from({ length: agents / 2 }, (_, index) => index);
  return {
    version: 1,
    name: 'waking',
    description: 'Agents that ask each other',
    manager: null,
    defaultAgent: null,
    workspace: tmpdir(),
    inputs: {},
    limits: {
      ...planDefaults.limits,
      ...{ maxParallel: agents, usd: 100, maxAddedTasks: waits, maxFanOut: questions },
    },
    context: { maxMessages: 1000 },
    ...planDefaults.run,
    communication: true,
    policy: [],
    phases: [],
    tasks: [
      ...half.map((at) => toTask(`ready-${at}`, { context: `right-${at}`, prompt: 'Be ready.', after: [] })),
      ...half.map((at) => toTask(`ask-left-${at}`, { ...asking('left', 'right', at), after: [`ready-${at}`] })),
      ...half.map((at) => toTask(`ask-right-${at}`, { ...asking('right', 'left', at), after: [`ask-left-${at}`] })),
    ],
    agents: {
      worker: {
        ...{ name: 'worker', description: 'works', model, system, maxTokens },
        ...{ tools: ['ask'], maxTurns: questions + 1 },
      },
    },
  };
}

function asking(from: string, to: string, at: number): { context: string; prompt: string } {
  return { context: `${from}-${at}`, prompt: `Ask ${to}-${at}.` };
}

function toTask(
  id: string,
  { context, prompt, after }: { context: string; prompt: string; after: string[] },
): PlanTask {
  return {
    ...planDefaults.task,
    filesScope: [],
    ...{ id, phase: null, context, agent: 'worker', prompt },
    dependsOn: after.map((task) => ({ task, on: 'all_success' as const, from: 'explicit' as const })),
    ...{ afterPhase: null, retry: { ...planDefaults.retry }, timeoutMs: null },
  };
}

/** A finished round in one line. */
export function wakingProgress(round: number, { program, wakeMs }: WakingSample): string {
  return `round ${round}: ${program}, ${wakeMs.length} waits: p95 ${percentile(wakeMs, 0.95).toFixed(0)} ms`;
}

/** The table for people: all waits of all rounds. */
export function wakingTable(samples: readonly WakingSample[], load: number): string {
  return [
    `${agents} agents: half of them ask the other half ${questions} questions each, all at once, then these ask back. Who is asked has ended, and answers by a task`,
    `of its own, with answers after ${answerMs.least / 1000} to ${(answerMs.least + answerMs.spread) / 1000} s. Woken: from the answer's transaction to the asker's next model call, in ms. Events of a wait: of the asker's`,
    `own history (the task's other turns included), and of the run's own (the answering task included). Load of the machine in the last`,
    `minute: ${load.toFixed(1)}.`,
    '',
    '| program | waits | woken, p50 | p95 | max | events a wait, asker | run |',
    '| :--- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groupBy(samples, ({ program }) => program).values()].map(rowOf),
    '',
  ].join('\n');
}

function rowOf(samples: WakingSample[]): string {
  const all = samples.flatMap(({ wakeMs }) => wakeMs).toSorted((a, b) => a - b);
  const askers = samples.flatMap(({ askerEvents }) => askerEvents).toSorted((a, b) => a - b);
  const runs = samples.map(({ runEvents }) => runEvents).toSorted((a, b) => a - b);
  return toRow([
    ...[samples[0]!.program, `${all.length}`],
    ...[0.5, 0.95, 1].map((share) => percentile(all, share).toFixed(0)),
    askers.length > 0 ? percentile(askers, 0.5).toFixed(1) : '',
    percentile(runs, 0.5).toFixed(1),
  ]);
}
