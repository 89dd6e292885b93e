import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectDirectly } from '../../src/client/index.ts';
import type { Runs } from '../../src/client/runs.ts';
import { connect as connectOverHttp } from '../../src/http-client/index.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startProcess } from '../child-process.ts';
import { cpuMsOf } from '../cpu.ts';
import { settleMs } from '../measure.ts';
import { taskQueue } from '../ours/settings.ts';
import type { Surroundings } from '../program.ts';
import { addEndedRuns } from './ended-runs.ts';
import {
  serviceTable,
  toProgress,
  type AtOnce,
  type Part,
  parts,
  type ServiceTimes,
  type Way,
  ways,
} from './report.ts';
import type { ServiceSettings } from './service-main.ts';

const runsAtOnce = 200;
const oneByOne = 50;
const endedRuns = 10_000;
const lists = 200;

type Starter = Pick<Runs, 'start' | 'close'>;

/** Runs that are asked for in two ways, and the service that one of them goes through. */
interface Ways {
  runs: Record<Way, Starter>;
  service: { url: string; key: string };
  databaseUrl: string;
  pids: Record<Exclude<Part, 'client'>, number>;
}

/** Measures what it costs to start small runs over HTTP instead of straight over Temporal, with one worker. @returns tables in Markdown */
export async function measureService(
  { temporalPid, postgresPid, ...settings }: ServiceSettings & { temporalPid: number; postgresPid: number },
  { rounds, profile }: { rounds: number; profile: string | null },
  say: (line: string) => void,
): Promise<string> {
  mkdirSync(settings.cwd, { recursive: true });
  const model = await startProcess<Surroundings['model']>('model-main.ts');
  const nodeArguments = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const worker = await startProcess('ours/worker-main.ts', { ...settings, model: model.ready });
  const service = await startProcess<Ways['service']>('service/service-main.ts', settings, nodeArguments);
  const runs = {
    http: await connectOverHttp(service.ready),
    direct: await connectDirectly({ ...settings, taskQueue, env: {} }),
  };
  try {
    await model.ask({ graph: true });
    const pids = {
      ...{ service: service.pid, worker: worker.pid },
      ...{ temporal: temporalPid, postgres: postgresPid },
    };
    const times = await measureAll({ runs, service: service.ready, pids, ...settings }, rounds, say);
    return serviceTable(times, loadavg()[0]!);
  } finally {
    await Promise.allSettled(Object.values(runs).map((each) => each.close()));
    for (const each of [service, worker, model]) await each.stop();
  }
}

async function measureAll(asked: Ways, rounds: number, say: (line: string) => void): Promise<ServiceTimes> {
  const { runs, pids } = asked;
  const times: ServiceTimes = { runsAtOnce, endedRuns, atOnce: [], oneByOne: { http: [], direct: [] }, lists: [] };
  // Round 0 warms all of it up, and is not counted. They take turns at going first, so that a slow drift of the machine meets both.
  for (let round = 0; round <= rounds; round++) {
    const sample: Partial<Record<Way, AtOnce>> = {};
    for (const way of round % 2 === 0 ? ways : ways.toReversed())
      sample[way] = await startAtOnce(runs[way], `service-${way}-${round}`, pids);
    if (round > 0) times.atOnce.push(sample as Record<Way, AtOnce>);
    say(toProgress(round, sample as Record<Way, AtOnce>));
  }
  for (let index = 1; index <= oneByOne; index++)
    for (const way of ways) times.oneByOne[way].push((await runOnce(runs[way], `service-one-${way}-${index}`)).startMs);
  times.lists = await timeLists(asked);
  return times;
}

async function startAtOnce(runs: Starter, name: string, pids: Ways['pids']): Promise<AtOnce> {
  const before = cpuOf(pids);
  const began = performance.now();
  const all = await Promise.all(
    Array.from({ length: runsAtOnce }, (_, index) => runOnce(runs, `${name}-${index + 1}`)),
  );
  const wallMs = performance.now() - began;
  await sleep(settleMs);
  const after = cpuOf(pids);
  const cpuMs = toEach((part) => after[part] - before[part]);
  return { wallMs, cpuMs, startMs: all.map(({ startMs }) => startMs) };
}

function cpuOf(pids: Ways['pids']): Record<Part, number> {
  // All the others are below this process.
  const { user, system } = process.cpuUsage();
  return toEach((part) => (part === 'client' ? (user + system) / 1000 : cpuMsOf(pids[part])));
}

function toEach(valueOf: (part: Part) => number): Record<Part, number> {
  return Object.fromEntries(parts.map((part) => [part, valueOf(part)])) as Record<Part, number>;
}

/** Starts a run and waits for its end. @throws Error when it did not succeed */
async function runOnce(runs: Starter, id: string): Promise<{ startMs: number }> {
  const began = performance.now();
  const run = await runs.start({
    id,
    definition: {
      name: 'service',
      default_profile: 'code-reviewer',
      tasks: [{ id: 'say', prompt: 'Say that it is done.' }],
    },
  });
  const startMs = performance.now() - began;
  const { status, reason } = await run.result();
  if (status !== 'succeeded') throw new Error(`${id} ended as ${status}: ${reason}`);
  return { startMs };
}

async function timeLists({ service: { url, key }, databaseUrl }: Ways): Promise<number[]> {
  const store = await openStore(databaseUrl);
  try {
    await addEndedRuns(store, 'service-one-http-1', endedRuns);
  } finally {
    await store.close();
  }
  const list = async (): Promise<number> => {
    const began = performance.now();
    const answer = await fetch(`${url}/api/runs?limit=50`, { headers: { Authorization: `Bearer ${key}` } });
    const { runs } = (await answer.json()) as { runs?: unknown[] };
    if (runs?.length !== 50) throw new Error(`GET /api/runs: ${answer.status} with ${runs?.length} runs`);
    return performance.now() - began;
  };
  const all: number[] = [];
  for (let index = 0; index < lists; index++) all.push(await list());
  return all;
}
