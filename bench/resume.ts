import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell } from './cell.ts';
import { callsOf } from './cell.ts';
import type { BenchProcess } from './child-process.ts';
import type { ModelCounts } from './model-main.ts';
import type { Program, ProgramName } from './program.ts';
import { programNames } from './program.ts';
import { groupBy, median, toRow } from './table.ts';

/** What became of a run whose only worker was killed in its middle and started anew at once. Times in ms since the kill. */
export interface ResumeSample {
  program: ProgramName;
  /** The new worker polls. */
  readyMs: number;
  /** The first model call after the kill. */
  firstCallMs: number;
  doneMs: number;
  /** Calls that were made twice. */
  repeated: number;
  /** Null: everything was done, and done once; else what was found. */
  wrong: string | null;
}

/** What is killed: 20 workers of 10 turns, half way. */
const resumeCell: Cell = { runs: 1, workers: 20, turns: 10, latencyMs: 100 };

/** Kills the worker when half of the calls are answered, and watches what comes of it. */
export async function measureResume(
  program: Program,
  round: number,
  model: BenchProcess<unknown>,
): Promise<ResumeSample> {
  const runId = `resume-${program.name}-${round}`;
  await model.ask({ cell: resumeCell });
  const ended = program.run(resumeCell, runId).then(
    () => null,
    (error: unknown) => String(error),
  );
  const half = callsOf(resumeCell) / 2;
  let before = await model.ask<ModelCounts>('counts');
  while (before.answered < half) {
    await sleep(10);
    before = await model.ask<ModelCounts>('counts');
  }
  const killedAt = await program.restart();
  const readyMs = Date.now() - killedAt;
  const problem = await ended;
  const doneMs = Date.now() - killedAt;
  const { calls, distinct, times } = await model.ask<ModelCounts>('counts');
  const firstCallMs = Math.min(...times.filter((at) => at > killedAt)) - killedAt;
  const wrong = problem ?? (await program.check(resumeCell, runId).then(() => null, String));
  return {
    program: program.name,
    readyMs,
    firstCallMs,
    doneMs,
    repeated: calls - distinct,
    wrong,
  };
}

/** A finished round in one line. */
export function resumeProgress(round: number, sample: ResumeSample): string {
  const { program, readyMs, firstCallMs, doneMs, repeated, wrong } = sample;
  return `round ${round}: ${program}: ready ${readyMs} ms, first call ${firstCallMs} ms, done ${doneMs} ms after the kill; ${repeated} calls made twice${wrong ? `; ${wrong}` : ''}`;
}

/** The table for people: medians and worst of the rounds, in s. */
export function resumeTable(samples: readonly ResumeSample[]): string {
  const groups = [...groupBy(samples, ({ program }) => program).values()];
  return [
    '20x10 at 100 ms; the worker is killed (SIGKILL) when half of the calls are answered, and started anew at once. Seconds after the',
    'kill, median (worst). Made twice: model calls of all rounds; up to 20 a round are under way at the kill.',
    '',
    '| program | rounds | worker ready | first call | done | made twice | right result |',
    '| :--- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...groups.toSorted(([a], [b]) => order(a!) - order(b!)).map(rowOf),
    '',
  ].join('\n');
}

function order({ program }: ResumeSample): number {
  return programNames.indexOf(program);
}

function rowOf(samples: ResumeSample[]): string {
  const seconds = (of: (sample: ResumeSample) => number): string => {
    const all = samples.map(of);
    return `${(median(all) / 1000).toFixed(1)} (${(Math.max(...all) / 1000).toFixed(1)})`;
  };
  const sum = (of: (sample: ResumeSample) => number): string => `${samples.reduce((total, one) => total + of(one), 0)}`;
  return toRow([
    ...[samples[0]!.program, `${samples.length}`],
    seconds(({ readyMs }) => readyMs),
    seconds(({ firstCallMs }) => firstCallMs),
    seconds(({ doneMs }) => doneMs),
    sum(({ repeated }) => repeated),
    `${samples.filter(({ wrong }) => wrong === null).length} of ${samples.length}`,
  ]);
}
