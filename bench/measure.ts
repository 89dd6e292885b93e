import { setTimeout as sleep } from 'node:timers/promises';
import type { Cell } from './cell.ts';
import { callsOf, shapeName } from './cell.ts';
import type { BenchProcess } from './child-process.ts';
import { cpuMsOf } from './cpu.ts';
import type { ModelCounts } from './model-main.ts';
import type { Program } from './program.ts';

/** CPU in ms by part. The model is the world's, and counts for nobody. */
export interface Cpu {
  worker: number;
  temporal: number;
  postgres: number;
  model: number;
}

/** One cell's work, done once by one program. Times in ms. */
export interface Sample {
  cell: Cell;
  program: Program['name'];
  round: number;
  /** From the first start to the last end. */
  wallMs: number;
  /** Of each run, from the first start to its end, in order. */
  runMs: number[];
  cpu: Cpu;
}

/** Whose CPU is read besides the worker's. */
export interface Measured {
  temporalPid: number;
  postgresPid: number;
  model: BenchProcess<unknown>;
}

/** The server goes on for a moment after it has told the result: that belongs to this run, not to the next one. */
export const settleMs = 400;

/** Runs one cell once and checks that the whole work was done, and done once. */
export async function measure(program: Program, cell: Cell, round: number, measured: Measured): Promise<Sample> {
  const { model } = measured;
  const name = `bench-${program.name}-${shapeName(cell)}-${cell.latencyMs}-${round}`;
  const runIds = Array.from({ length: cell.runs }, (_, index) => `${name}-${index + 1}`);
  await model.ask({ cell });
  const before = readCpu(program, measured);
  const startedAt = performance.now();
  const runMs = await Promise.all(
    runIds.map(async (runId) => {
      await program.run(cell, runId);
      return performance.now() - startedAt;
    }),
  );
  await sleep(settleMs);
  const cpu = difference(before, readCpu(program, measured));
  const counts = await model.ask<ModelCounts>('counts');
  const wanted = callsOf(cell);
  if (counts.calls !== wanted || counts.answered !== wanted || counts.distinct !== wanted) {
    throw new Error(`${name}: the model counted ${JSON.stringify(counts)}, the work takes ${wanted} distinct calls`);
  }
  for (const runId of runIds) await program.check(cell, runId);
  const ends = runMs.toSorted((a, b) => a - b);
  return { cell, program: program.name, round, wallMs: ends.at(-1)!, runMs: ends, cpu };
}

/** What everybody has used so far. */
export function readCpu(program: Program, { temporalPid, postgresPid, model }: Measured): Cpu {
  return {
    worker: cpuMsOf(program.workerPid),
    temporal: cpuMsOf(temporalPid),
    postgres: cpuMsOf(postgresPid),
    model: cpuMsOf(model.pid),
  };
}

/** What was used between two readings. */
export function difference(before: Cpu, after: Cpu): Cpu {
  return {
    worker: after.worker - before.worker,
    temporal: after.temporal - before.temporal,
    postgres: after.postgres - before.postgres,
    model: after.model - before.model,
  };
}

/** What counts as the program's: all but the model. */
export function ours({ worker, temporal, postgres }: Cpu): number {
  return worker + temporal + postgres;
}
