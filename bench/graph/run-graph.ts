import { setTimeout as sleep } from 'node:timers/promises';
import type { Surroundings } from '../program.ts';
import type { BenchProcess } from '../child-process.ts';
import { cpuMsOf } from '../cpu.ts';
import type { ModelCounts } from '../model-main.ts';
import type { GraphCell } from './ours.ts';

/** A program that can run the graph. */
export interface GraphProgram {
  name: 'ours' | 'plain';
  workerPid: number;
  /** @throws Error when it did not do the whole work */
  runGraph(cell: GraphCell, runId: string): Promise<void>;
}

/** One run of the graph. Times in ms. */
export interface GraphSample {
  cell: GraphCell;
  program: GraphProgram['name'];
  wallMs: number;
  cpu: { worker: number; temporal: number; postgres: number };
}

/** Runs one graph once, and checks that every node was asked for once. */
export async function measureGraph(
  program: GraphProgram,
  { cell, round }: { cell: GraphCell; round: number },
  measured: { temporalPid: number; postgresPid: number; model: BenchProcess<Surroundings['model']> },
): Promise<GraphSample> {
  const { temporalPid, postgresPid, model } = measured;
  const runId = `graph-${program.name}-${cell.nodes}-${cell.tasks}-${round}`;
  await model.ask({ graph: true });
  const read = () => ({
    worker: cpuMsOf(program.workerPid),
    temporal: cpuMsOf(temporalPid),
    postgres: cpuMsOf(postgresPid),
  });
  const before = read();
  const startedAt = performance.now();
  await program.runGraph(cell, runId);
  const wallMs = performance.now() - startedAt;
  await sleep(400);
  const after = read();
  const counts = await model.ask<ModelCounts>('counts');
  if (counts.calls !== cell.nodes || counts.answered !== cell.nodes || counts.distinct !== cell.nodes) {
    throw new Error(`${runId}: the model counted ${JSON.stringify(counts)}, the graph takes ${cell.nodes} calls`);
  }
  const cpu = {
    worker: after.worker - before.worker,
    temporal: after.temporal - before.temporal,
    postgres: after.postgres - before.postgres,
  };
  return { cell, program: program.name, wallMs, cpu };
}
