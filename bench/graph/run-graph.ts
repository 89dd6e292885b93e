import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramName, Surroundings } from '../program.ts';
import type { BenchProcess } from '../child-process.ts';
import { cpuMsOf } from '../cpu.ts';
import type { ModelCounts } from '../model-main.ts';

/** A program that can run the graph. */
export interface GraphProgram {
  name: ProgramName;
  readonly workerPid: number;
  /** @throws Error when it did not do the whole work */
  runGraph(nodes: number, runId: string): Promise<void>;
}

/** One run of the graph. Times in ms. */
export interface GraphSample {
  nodes: number;
  program: GraphProgram['name'];
  wallMs: number;
  cpu: { worker: number; temporal: number; postgres: number };
}

/** Runs one graph once, and checks that every node was asked for once. */
export async function measureGraph(
  program: GraphProgram,
  { nodes, round }: { nodes: number; round: number },
  measured: { temporalPid: number; postgresPid: number; model: BenchProcess<Surroundings['model']> },
): Promise<GraphSample> {
  const { temporalPid, postgresPid, model } = measured;
  const runId = `graph-${program.name}-${nodes}-${round}`;
  await model.ask({ graph: true });
  const read = () => ({
    worker: cpuMsOf(program.workerPid),
    temporal: cpuMsOf(temporalPid),
    postgres: cpuMsOf(postgresPid),
  });
  const before = read();
  const startedAt = performance.now();
  await program.runGraph(nodes, runId);
  const wallMs = performance.now() - startedAt;
  await sleep(400);
  const after = read();
  const counts = await model.ask<ModelCounts>('counts');
  if (counts.calls !== nodes || counts.answered !== nodes || counts.distinct !== nodes) {
    throw new Error(`${runId}: the model counted ${JSON.stringify(counts)}, the graph takes ${nodes} calls`);
  }
  const cpu = {
    worker: after.worker - before.worker,
    temporal: after.temporal - before.temporal,
    postgres: after.postgres - before.postgres,
  };
  return { nodes, program: program.name, wallMs, cpu };
}
