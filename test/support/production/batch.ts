import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import { until } from '../base/until.ts';
import { gaffer } from '../command/cli.ts';
import type { Kill } from '../invariants/invariants.ts';
import { violations } from '../invariants/invariants.ts';
import type { TemporalWitness } from '../invariants/temporal-witness.ts';
import { openApprover } from '../run/approver.ts';
import { type Begin, type Shape, pages, shapes } from './shapes.ts';
import type { Site } from './site.ts';
import type { ProductionWorker } from './workers.ts';

/** A run that was begun. */
export interface Begun extends Begin {
  shape: Shape;
  run: Run;
}

/** What happens to a batch on its way. */
export interface Way {
  /** Once all of them are at work. */
  disturb?: (begun: readonly Begun[]) => Promise<Kills | void>;
  /** Once people answer what they are asked; only one run still waits. */
  afterwards?: () => Promise<void>;
  /** Which code its histories are replayed with; default: that of this folder. */
  temporal?: TemporalWitness;
}

/** What a worker that was killed was doing, by run. */
export type Kills = ReadonlyMap<string, Kill>;

/** What came of a batch. */
interface BatchReport {
  runs: number;
  /** Of models. */
  calls: number;
  seconds: number;
}

const latencyMs = 250;
const callsAtWork = 15;
const longestMs = 180_000;

/** One run of each shape at once, by the command, through whatever happens, to its end; then everything that must hold. */
export async function runBatch(
  site: Site,
  name: string,
  { disturb, afterwards, temporal }: Way = {},
): Promise<BatchReport> {
  const startedAt = performance.now();
  const { model } = site;
  const before = model.requests.length;
  const begins = shapes.map((shape) => ({ shape, begin: beginOf(site, `${name}-${shape.name}`) }));
  const rules = begins.flatMap(({ shape, begin }) => shape.rules(begin.runId));
  model.setScript({ latencyMs, rules, ...(pages && { pages }) });
  const begun = await Promise.all(begins.map(({ shape, begin }) => start(site, shape, begin)));
  await until('they are at work', () => model.requests.length - before >= callsAtWork, longestMs);
  const kills = (await disturb?.(begun)) ?? new Map<string, Kill>();
  const approvers = begun.filter(({ shape }) => shape.asks).map(({ run }) => openApprover(site, run));
  try {
    await afterwards?.();
    await approve(
      site,
      begun.find(({ shape }) => shape.name === 'wait')!,
    );
    for (const one of begun) await untilEnded(one);
  } finally {
    await Promise.all(approvers.map((approver) => approver.close()));
  }
  const scene = temporal ? { ...site, temporal } : site;
  for (const { shape, run, ...begin } of begun) {
    await shape.check(run, begin, site.store);
    expect(await violations(scene, run.runKey, [kills.get(run.runKey) ?? []].flat()), run.id).toEqual([]);
  }
  return {
    runs: begun.length,
    calls: model.requests.length - before,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
}

/** Stops a worker in the middle of a model call, and kills it. @returns what it was doing, by run */
export async function killAtWork({ store }: Site, worker: ProductionWorker, begun: readonly Begun[]): Promise<Kills> {
  let rows: { runKey: string; key: string }[] = [];
  await until('the worker is stopped in a model call', async () => {
    worker.freeze();
    ({ rows } = await store.sql.query(
      `select r.run_key as "runKey", j.key from journal j join runs r on r.no = j.run_no
       where j.state = 'intent' and j.kind = 'model' and (j.holder ->> 'pid')::integer = $1`,
      [worker.pid],
    ));
    if (rows.length === 0) worker.thaw();
    return rows.length > 0;
  });
  const at = Date.now();
  await worker.kill();
  const keysOf = (runKey: string): string[] =>
    rows.flatMap((row) => (row.runKey === runKey ? [`${runKey}/${row.key}`] : []));
  return new Map(begun.map(({ run: { runKey } }) => [runKey, { at, inFlight: new Set(keysOf(runKey)) }]));
}

function beginOf({ project, model }: Site, runId: string): Begin {
  const workspace = join(project, 'work', runId);
  mkdirSync(workspace, { recursive: true });
  return { runId, project, workspace, modelUrl: model.url };
}

async function start({ project, env, runs }: Site, shape: Shape, begin: Begin): Promise<Begun> {
  const { file, args = [] } = shape.write(begin);
  const { runId, workspace } = begin;
  const result = await gaffer(['run', file, '--detach', '--id', runId, '--workspace', workspace, ...args], {
    cwd: project,
    env,
  });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return { ...begin, shape, run: await runs.find(runId) };
}

async function approve({ project, env }: Site, { run }: Begun): Promise<void> {
  await until('it waits for a person', async () => (await run.waiting()).length === 1, longestMs);
  const result = await gaffer(['approve', run.id], { cwd: project, env });
  expect(result, result.stderr).toMatchObject({ code: 0 });
}

async function untilEnded({ run }: Begun): Promise<void> {
  const isEnded = async (): Promise<boolean> => (await run.describe()).status !== 'running';
  await until(`${run.id} ends`, isEnded, longestMs);
}
