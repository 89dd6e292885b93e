import { readFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../src/domain/plan/plan.ts';
import { planDefaults } from '../src/domain/plan/plan.ts';
import type { WorkerTuning } from '../src/domain/run/worker-tuning.ts';
import type { ModelAccount } from '../src/models/provider.ts';
import { maxTokens, model, system } from './cell.ts';
import type { Cpu, Measured } from './measure.ts';
import { difference, ours, readCpu } from './measure.ts';
import type { ModelCounts } from './model-main.ts';
import type { Program, ProgramName } from './program.ts';
import { groupBy, median, toRow } from './table.ts';

/** Agents that all wait for their model. */
export interface IdleSample {
  program: ProgramName;
  /** Used while they waited, in ms. */
  cpu: Cpu;
  waitedMs: number;
  /** Memory of the worker at the end of the wait, in MB. */
  workerMb: number;
  /** From a cancel of all runs until all had ended, in ms. */
  cancelMs: number;
  load: number;
}

const [runs, agentsOfRun, waitMs] = [5, 200, 30_000];
const agents = runs * agentsOfRun;

const longMs = 30 * 60_000;

/** A worker that takes all of them (the default takes 100), and is as patient with a model that says nothing. */
export const idleWorker: {
  tuning: WorkerTuning;
  patience: Pick<ModelAccount, 'firstByteTimeoutMs' | 'idleTimeoutMs'>;
} = {
  tuning: { activities: agents },
  patience: { firstByteTimeoutMs: longMs, idleTimeoutMs: longMs },
};

/** Starts them, measures what it costs that each of them waits for its model, and cancels them. @throws Error when one was asked twice */
export async function measureIdle(program: Program, round: number, measured: Measured): Promise<IdleSample> {
  const { model: server } = measured;
  await server.ask({ idle: true });
  const names = Array.from({ length: runs }, (_, index) => `idle-${program.name}-${round}-${index + 1}`);
  const cancels = await Promise.all(names.map((name) => program.beginPlan!(plan(name), name)));
  await allAsked(server);
  // What was begun by the last ones settles.
  await sleep(2000);
  const before = readCpu(program, measured);
  const startedAt = performance.now();
  await sleep(waitMs);
  const cpu = difference(before, readCpu(program, measured));
  const waitedMs = performance.now() - startedAt;
  const [workerMb, load] = [residentMb(program.workerPid), loadavg()[0]!];
  const cancelledAt = performance.now();
  await Promise.all(cancels.map((cancel) => cancel()));
  const cancelMs = performance.now() - cancelledAt;
  const { calls, distinct } = await server.ask<ModelCounts>('counts');
  if (calls !== agents || distinct !== agents)
    throw new Error(`${calls} calls were made, ${distinct} distinct ones: the work takes ${agents}`);
  return { program: program.name, cpu, waitedMs, workerMb, cancelMs, load };
}

async function allAsked(server: Measured['model']): Promise<void> {
  while ((await server.ask<ModelCounts>('counts')).distinct < agents) await sleep(500);
}

function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kb) / 1024;
}

function plan(name: string): Plan {
  const ids = Array.from({ length: agentsOfRun }, (_, index) => `agent-${index + 1}`);
  return {
    ...{ version: 1, name: 'idle', description: 'Agents that wait for their model', manager: null },
    ...{ defaultAgent: null, workspace: tmpdir(), inputs: {}, policy: [], phases: [] },
    limits: { ...planDefaults.limits, maxParallel: agentsOfRun, usd: 100 },
    context: { maxMessages: 1000 },
    ...planDefaults.run,
    tasks: ids.map((id) => ({
      ...planDefaults.task,
      filesScope: [],
      ...{ id, phase: null, context: id, agent: 'worker', prompt: `Think, ${id} of ${name}.`, dependsOn: [] },
      ...{ afterPhase: null, retry: { ...planDefaults.retry }, timeoutMs: null },
    })),
    agents: {
      worker: {
        ...{ name: 'worker', description: 'works', model, system, maxTokens },
        ...{ tools: [], maxTurns: 2 },
      },
    },
  };
}

/** A finished round in one line. */
export function idleProgress(round: number, { program, cpu, waitedMs, workerMb, cancelMs, load }: IdleSample): string {
  const { worker, temporal, postgres } = cpu;
  const cores = (ours(cpu) / waitedMs).toFixed(3);
  return `round ${round}: ${program}: ${cores} of a core (${worker} + ${temporal} + ${postgres} ms in ${(waitedMs / 1000).toFixed(0)} s), ${workerMb.toFixed(0)} MB, cancelled in ${(cancelMs / 1000).toFixed(1)} s, load ${load.toFixed(1)}`;
}

/** The table for people: medians of the rounds. */
export function idleTable(samples: readonly IdleSample[]): string {
  return [
    `${agents} agents in ${runs} runs, each with one call of its model under way, looked at for ${waitMs / 1000} s. CPU as a share of one core; memory of the`,
    'worker at the end of the wait; from a cancel of all runs until they had ended; load of the machine in the last minute.',
    '',
    '| program | rounds | worker | Temporal | PostgreSQL | all | worker, MB | cancelled, s | load |',
    '| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groupBy(samples, ({ program }) => program).values()].map(rowOf),
    '',
  ].join('\n');
}

function rowOf(samples: IdleSample[]): string {
  const share = (of: (cpu: Cpu) => number): string =>
    median(samples.map(({ cpu, waitedMs }) => of(cpu) / waitedMs)).toFixed(3);
  return toRow([
    ...[samples[0]!.program, `${samples.length}`],
    ...[
      share(({ worker }) => worker),
      share(({ temporal }) => temporal),
      share(({ postgres }) => postgres),
      share(ours),
    ],
    median(samples.map(({ workerMb }) => workerMb)).toFixed(0),
    (median(samples.map(({ cancelMs }) => cancelMs)) / 1000).toFixed(1),
    median(samples.map(({ load }) => load)).toFixed(1),
  ]);
}
