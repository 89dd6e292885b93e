import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/store/open-store.ts';
import { startProcess, type BenchProcess } from '../child-process.ts';
import { median, percentile, toRow } from '../table.ts';
import type { ReadCounts, ReadersWanted } from './reader-main.ts';
import { openTurningRun, type TurningRun } from './turns.ts';

/** Events at a rate to so many readers. */
const loads = [
  { perSecond: 200, readers: 50 },
  { perSecond: 50, readers: 200 },
];
const loadMs = 15_000;
const mostReaders = 500;
const turnsPerSecond = 20;
const turnsMs = 12_000;

interface Sample {
  title: string;
  latenciesMs: number[];
  outOfOrder: number;
  /** Events times readers. */
  wanted: number;
}

interface Alternation {
  alone: number[];
  read: number[];
}

/** Measures streams of two service processes on one database. @returns tables in Markdown */
export async function measureStreams(
  databaseUrl: string,
  rounds: number,
  say: (line: string) => void,
): Promise<string> {
  const store = await openStore(databaseUrl);
  const services = await Promise.all(
    [1, 2].map(() => startProcess<{ url: string }>('streams/service-main.ts', { databaseUrl })),
  );
  const readers = await startProcess('streams/reader-main.ts');
  const urls = services.map(({ ready }) => ready.url);
  try {
    const samples: Sample[] = [];
    for (const { perSecond, readers: count } of loads) {
      const run = await openTurningRun(store, `streams-${perSecond}-${count}`);
      samples.push(await load(readers, { urls, runIds: [run.id], count }, { run, perSecond }));
      say(toProgress(samples.at(-1)!));
    }
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, index) => openTurningRun(store, `streams-turns-${index + 1}`)),
    );
    const alternations: Alternation[] = [];
    await takeTurns(runs, 2000);
    for (let round = 1; round <= rounds; round++) {
      const alone = await takeTurns(runs, turnsMs);
      await readers.ask({ readers: { urls, runIds: runs.map(({ id }) => id), count: mostReaders } });
      const read = await takeTurns(runs, turnsMs);
      await readers.ask('close');
      await readers.ask('counts');
      alternations.push({ alone, read });
      say(`round ${round}: ${ratio(alternations.at(-1)!, 0.5)} at p50, ${ratio(alternations.at(-1)!, 0.99)} at p99`);
    }
    return [latencyTable(samples), '', commitTable(alternations)].join('\n');
  } finally {
    await Promise.allSettled([...services, readers].map((process) => process.stop()));
    await store.close();
  }
}

/** A turn has two events. */
async function load(
  readers: BenchProcess<unknown>,
  wanted: ReadersWanted,
  { run, perSecond }: { run: TurningRun; perSecond: number },
): Promise<Sample> {
  await readers.ask({ readers: wanted });
  await readers.ask('counts');
  const turns = await takeTurns([run], loadMs, perSecond / 2);
  const all: ReadCounts = { latenciesMs: [], outOfOrder: 0 };
  const expected = turns.length * 2 * wanted.count;
  for (let tries = 0; all.latenciesMs.length < expected && tries < 60; tries++) {
    await sleep(500);
    const { latenciesMs, outOfOrder } = await readers.ask<ReadCounts>('counts');
    for (const latency of latenciesMs) all.latenciesMs.push(latency);
    all.outOfOrder += outOfOrder;
  }
  await readers.ask('close');
  const title = `${perSecond} events/s to ${wanted.count} readers`;
  return {
    title,
    wanted: expected,
    outOfOrder: all.outOfOrder,
    latenciesMs: all.latenciesMs.toSorted((a, b) => a - b),
  };
}

/** Takes turns at a steady rate, however long each takes. @returns how long the commits took, in ms */
async function takeTurns(runs: readonly TurningRun[], forMs: number, perSecond = turnsPerSecond): Promise<number[]> {
  const began = performance.now();
  const taken: Promise<number>[] = [];
  for (let index = 0; (index * 1000) / perSecond < forMs; index++) {
    const wait = began + (index * 1000) / perSecond - performance.now();
    if (wait > 1) await sleep(wait);
    taken.push(runs[index % runs.length]!.turn());
  }
  return (await Promise.all(taken)).toSorted((a, b) => a - b);
}

function toProgress({ title, latenciesMs, wanted }: Sample): string {
  return `${title}: p50 ${percentile(latenciesMs, 0.5)} ms, p95 ${percentile(latenciesMs, 0.95)} ms, ${latenciesMs.length} of ${wanted}`;
}

function latencyTable(samples: readonly Sample[]): string {
  const rows = samples.map(({ title, latenciesMs, outOfOrder, wanted }) =>
    toRow([
      title,
      ...[0.5, 0.95, 0.99].map((share) => String(percentile(latenciesMs, share))),
      `${latenciesMs.length} of ${wanted}`,
      String(outOfOrder),
    ]),
  );
  return [
    '',
    'From the beginning of the transaction to the reader, by two service processes, in ms.',
    '',
    toRow(['', 'p50', 'p95', 'p99', 'came', 'out of order']),
    toRow(['---', '---:', '---:', '---:', '---:', '---:']),
    ...rows,
  ].join('\n');
}

function commitTable(alternations: readonly Alternation[]): string {
  const rows = alternations.map((one, index) =>
    toRow([
      String(index + 1),
      ...[0.5, 0.99].flatMap((share) => [
        percentile(one.alone, share).toFixed(1),
        percentile(one.read, share).toFixed(1),
        ratio(one, share),
      ]),
    ]),
  );
  const all = [0.5, 0.99].map((share) =>
    median(alternations.map((one) => percentile(one.read, share) / percentile(one.alone, share))),
  );
  return [
    `Commit of a turn, ${turnsPerSecond} a second over 20 runs, alone and with ${mostReaders} readers of these runs, in ms; the middle ratio is ${all[0]!.toFixed(2)} at p50, ${all[1]!.toFixed(2)} at p99.`,
    '',
    toRow(['round', 'p50 alone', 'p50 read', 'ratio', 'p99 alone', 'p99 read', 'ratio']),
    toRow(['---:', '---:', '---:', '---:', '---:', '---:', '---:']),
    ...rows,
    '',
  ].join('\n');
}

function ratio({ alone, read }: Alternation, share: number): string {
  return (percentile(read, share) / percentile(alone, share)).toFixed(2);
}
