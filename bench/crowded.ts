import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemporalWitness } from '../test/support/invariants/temporal-witness.ts';
import { builtBundle } from '../test/support/run/worker-process.ts';
import type { Cell } from './cell.ts';
import { callsOf } from './cell.ts';
import type { Cpu, Measured } from './measure.ts';
import { difference, ours, readCpu, settleMs } from './measure.ts';
import type { ModelCounts } from './model-main.ts';
import type { Program, ProgramName, Surroundings } from './program.ts';
import { groupBy, median, toRow } from './table.ts';

/** The same work on a quiet machine, or beside busy loops. */
export interface CrowdedSample {
  program: ProgramName;
  isCrowded: boolean;
  wallMs: number;
  cpu: Cpu;
  /** Calls that were made twice. */
  repeated: number;
  /** Attempts of tasks that failed. */
  failed: number;
  /** What does not replay. */
  unreplayed: string[];
  /** Null: everything was done, and done once; else what was found. */
  wrong: string | null;
}

const loops = 20;
const crowdedCell: Cell = { runs: 4, workers: 20, turns: 5, latencyMs: 100 };

/** Does the same work quiet and beside twenty busy loops. */
export async function measureCrowded(
  program: Program,
  round: number,
  { measured, temporal }: { measured: Measured; temporal: Surroundings['temporal'] },
): Promise<CrowdedSample[]> {
  const samples: CrowdedSample[] = [];
  for (const isCrowded of [false, true]) {
    const crowd = isCrowded ? Array.from({ length: loops }, () => spawn(process.execPath, ['-e', 'for(;;);'])) : [];
    try {
      samples.push(await measureOnce(program, `${round}-${isCrowded ? 'crowded' : 'quiet'}`, isCrowded, measured));
    } finally {
      await Promise.all(crowd.map((loop) => (loop.kill('SIGKILL'), once(loop, 'exit'))));
    }
    samples.at(-1)!.unreplayed = await unreplayed(
      temporal,
      runIdsOf(program, `${round}-${isCrowded ? 'crowded' : 'quiet'}`),
    );
  }
  return samples;
}

function runIdsOf({ name }: Program, label: string): string[] {
  return Array.from({ length: crowdedCell.runs }, (_, index) => `crowded-${name}-${label}-${index + 1}`);
}

async function measureOnce(
  program: Program,
  label: string,
  isCrowded: boolean,
  measured: Measured,
): Promise<CrowdedSample> {
  const runIds = runIdsOf(program, label);
  await measured.model.ask({ cell: crowdedCell });
  const before = readCpu(program, measured);
  const startedAt = performance.now();
  const ends = await Promise.allSettled(runIds.map((runId) => program.run(crowdedCell, runId)));
  const wallMs = performance.now() - startedAt;
  await sleep(settleMs);
  const cpu = difference(before, readCpu(program, measured));
  const { calls, distinct } = await measured.model.ask<ModelCounts>('counts');
  const problems = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
  if (distinct !== callsOf(crowdedCell))
    problems.push(`${distinct} calls were made, the work takes ${callsOf(crowdedCell)}`);
  for (const runId of runIds)
    await program.check(crowdedCell, runId).catch((error: unknown) => problems.push(String(error)));
  let failed = 0;
  for (const runId of runIds) failed += (await program.failedAttempts?.(runId)) ?? 0;
  const wrong = problems[0] ?? null;
  return { program: program.name, isCrowded, wallMs, cpu, repeated: calls - distinct, failed, unreplayed: [], wrong };
}

async function unreplayed(temporal: Surroundings['temporal'], runIds: readonly string[]): Promise<string[]> {
  const witness = new TemporalWitness(temporal, builtBundle);
  try {
    const found: string[] = [];
    // The newest execution of that name: there is no other.
    for (const runId of runIds) found.push(...(await witness.replay(await witness.executionsOf(runId, ''))));
    return found;
  } finally {
    await witness.close();
  }
}

/** A finished round in one line. */
export function crowdedProgress(round: number, sample: CrowdedSample): string {
  const { program, isCrowded, wallMs, cpu, repeated, failed, wrong } = sample;
  const problems = [wrong, ...sample.unreplayed].filter((problem) => problem !== null);
  return `round ${round}: ${program}, ${isCrowded ? 'crowded' : 'quiet'}: ${wallMs.toFixed(0)} ms, CPU ${ours(cpu)} ms; ${repeated} calls made twice, ${failed} attempts failed${problems.map((problem) => `; ${problem}`).join('')}`;
}

/** The table for people: medians of the rounds, and sums of what must not be. */
export function crowdedTable(samples: readonly CrowdedSample[]): string {
  return [
    `${crowdedCell.runs} runs at once of ${crowdedCell.workers}x${crowdedCell.turns} at ${crowdedCell.latencyMs} ms, quiet and beside ${loops} busy loops of the same priority. CPU of worker, Temporal and`,
    'PostgreSQL in ms a model call, and what it is to the quiet one. Made twice, failed, not replayed: model calls, attempts of tasks and',
    'histories of all rounds.',
    '',
    '| program | machine | rounds | all, s | CPU | / quiet | made twice | failed | not replayed | right result |',
    '| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groupBy(samples, ({ program }) => program).values()].flatMap((group) => [
      rowOf(
        group.filter(({ isCrowded }) => !isCrowded),
        group,
      ),
      rowOf(
        group.filter(({ isCrowded }) => isCrowded),
        group,
      ),
    ]),
    '',
  ].join('\n');
}

function rowOf(samples: CrowdedSample[], group: CrowdedSample[]): string {
  const cpuOf = (some: CrowdedSample[]): number => median(some.map(({ cpu }) => ours(cpu)));
  const sum = (of: (sample: CrowdedSample) => number): string =>
    `${samples.reduce((total, one) => total + of(one), 0)}`;
  return toRow([
    ...[samples[0]!.program, samples[0]!.isCrowded ? 'crowded' : 'quiet', `${samples.length}`],
    (median(samples.map(({ wallMs }) => wallMs)) / 1000).toFixed(1),
    (cpuOf(samples) / callsOf(crowdedCell)).toFixed(1),
    (cpuOf(samples) / cpuOf(group.filter(({ isCrowded }) => !isCrowded))).toFixed(2),
    ...[sum(({ repeated }) => repeated), sum(({ failed }) => failed), sum(({ unreplayed: left }) => left.length)],
    `${samples.filter(({ wrong }) => wrong === null).length} of ${samples.length}`,
  ]);
}
