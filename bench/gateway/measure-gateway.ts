import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { issueToken } from '../../src/store/gateway/tokens.ts';
import type { WorkerStore } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openRun, savePlan } from '../../src/store/runs.ts';
import { plan } from '../../test/support/plan/builders.ts';
import { startProcess } from '../child-process.ts';
import { cpuMsOf } from '../cpu.ts';
import { median, percentile, toRow } from '../table.ts';

const perSecond = 100;
const loadMs = 10_000;
/** A gateway stays up: its first few thousand calls cost twice what later ones do, as its code is compiled meanwhile. */
const warmUpMs = 30_000;
const runs = 4;
const attemptsOfEach = 5;
const model = 'claude-haiku-4-5';

/** How agents ask: straight, or through the gateway. */
type Way = 'direct' | 'gateway';

interface Sample {
  /** Until the first byte of the answer, and until its last, in ms, sorted. */
  firstMs: number[];
  wholeMs: number[];
  /** CPU a call, in ms. */
  gatewayMs: number;
  databaseMs: number;
}

/** Where agents ask, and as whom. */
interface Place {
  url: string;
  token: string;
}

/** Measures what a gateway adds to the calls of agents that ask `perSecond` times a second. @returns tables in Markdown */
export async function measureGateway(
  { databaseUrl, postgresPid }: { databaseUrl: string; postgresPid: number },
  { rounds, profile }: { rounds: number; profile: string | null },
  say: (line: string) => void,
): Promise<string> {
  const store = await openStore(databaseUrl);
  const provider = await startProcess<{ url: string }>('gateway/provider-main.ts');
  const account = { apiKey: 'sk-bench', baseURL: provider.ready.url };
  const settings = {
    databaseUrl,
    accounts: { anthropic: account },
    id: 'bench',
    listen: { host: '127.0.0.1', port: 0 },
  };
  const nodeArguments = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const gateway = await startProcess<{ url: string }>('gateway/gateway-main.ts', settings, nodeArguments);
  const agent = new Agent({ connections: 200 });
  try {
    const places: Record<Way, Place[]> = {
      direct: [{ url: provider.ready.url, token: 'sk-bench' }],
      gateway: await openAttempts(store, gateway.ready.url),
    };
    const pids = { gateway: gateway.pid, database: postgresPid };
    const samples: Record<Way, Sample[]> = { direct: [], gateway: [] };
    say(`warm-up: ${shortly(await load(places.gateway, agent, { pids, ms: warmUpMs }))}`);
    for (let round = 1; round <= rounds; round++) {
      for (const way of ['direct', 'gateway'] as const) {
        const sample = await load(places[way], agent, { pids, ms: loadMs });
        samples[way].push(sample);
        say(`round ${round}, ${way}: ${shortly(sample)}`);
      }
    }
    return toTable(samples);
  } finally {
    await agent.close();
    await Promise.allSettled([gateway.stop(), provider.stop()]);
    await store.close();
  }
}

async function openAttempts(store: WorkerStore, url: string): Promise<Place[]> {
  const places: Place[] = [];
  for (let run = 1; run <= runs; run++) {
    const runKey = `bench-gateway-${run}:${randomUUID()}`;
    const about = { runKey, runId: runKey, temporalRunId: randomUUID(), plan: plan(), board: runKey, launch: null };
    const planHash = await savePlan(store.sql, plan());
    const no = await openRun(store.sql, { ...about, planHash }, { nano: 1_000_000_000_000_000, tokens: null });
    for (let attempt = 1; attempt <= attemptsOfEach; attempt++) {
      const taskId = `task-${attempt}`;
      const grant = { no, taskId, attempt: 1, epoch: 0, agent: 'worker', phase: null, models: [{ model }] };
      const token = (await issueToken(store, grant))!;
      places.push({ url: `${url}/run/${encodeURIComponent(runKey)}/task/${taskId}/attempt/1`, token });
    }
  }
  return places;
}

// Calls begin in their time, whether or not those before have ended.
async function load(
  places: readonly Place[],
  agent: Agent,
  { pids, ms }: { pids: { gateway: number; database: number }; ms: number },
): Promise<Sample> {
  const before = { gateway: cpuMsOf(pids.gateway), database: cpuMsOf(pids.database) };
  const began = performance.now();
  const count = (ms / 1000) * perSecond;
  const calls: Promise<{ firstMs: number; wholeMs: number }>[] = [];
  for (let index = 0; index < count; index++) {
    const waitMs = began + (index * 1000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    calls.push(ask(places[index % places.length]!, agent));
  }
  const all = await Promise.all(calls);
  return {
    firstMs: all.map(({ firstMs }) => firstMs).toSorted((a, b) => a - b),
    wholeMs: all.map(({ wholeMs }) => wholeMs).toSorted((a, b) => a - b),
    gatewayMs: (cpuMsOf(pids.gateway) - before.gateway) / count,
    databaseMs: (cpuMsOf(pids.database) - before.database) / count,
  };
}

/** About 12,000 tokens, as a coding agent's first request has. */
const system = 'You work on a repository with care, and say what you did. '.repeat(720);

async function ask({ url, token }: Place, dispatcher: Agent): Promise<{ firstMs: number; wholeMs: number }> {
  const body = JSON.stringify({
    ...{ model, max_tokens: 1000, stream: true, system },
    messages: [{ role: 'user', content: `Do step ${randomUUID()}` }],
  });
  const began = performance.now();
  const answer = await request(`${url}/v1/messages`, {
    ...{ dispatcher, method: 'POST', body },
    headers: { 'content-type': 'application/json', 'x-api-key': token },
  });
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
  let firstMs = 0;
  for await (const _ of answer.body) firstMs ||= performance.now() - began;
  return { firstMs, wholeMs: performance.now() - began };
}

function shortly({ firstMs, wholeMs, gatewayMs, databaseMs }: Sample): string {
  const p50 = (sorted: number[]): string => percentile(sorted, 0.5).toFixed(1);
  return `first ${p50(firstMs)} ms, whole ${p50(wholeMs)} ms, CPU ${gatewayMs.toFixed(2)} + ${databaseMs.toFixed(2)} ms`;
}

function toTable({ direct, gateway }: Record<Way, Sample[]>): string {
  const added = (of: 'firstMs' | 'wholeMs', share: number): string => {
    const by = (samples: Sample[]): number => median(samples.map((sample) => percentile(sample[of], share)));
    return `${by(direct).toFixed(1)} → ${by(gateway).toFixed(1)} ms (+${(by(gateway) - by(direct)).toFixed(1)})`;
  };
  const cpu = (of: 'gatewayMs' | 'databaseMs'): string => `${median(gateway.map((each) => each[of])).toFixed(2)} ms`;
  return [
    `\n${perSecond} calls a second for ${loadMs / 1000} s, after ${warmUpMs / 1000} s that are not counted, of 12,000 tokens each, answered in 32 events; ${runs} runs of ${attemptsOfEach} attempts.\n`,
    toRow(['', 'straight → through the gateway', 'bar']),
    toRow(['---', '---', '---']),
    toRow(['first byte, p50', added('firstMs', 0.5), 'at most 5 ms']),
    toRow(['first byte, p99', added('firstMs', 0.99), '']),
    toRow(['whole answer, p50', added('wholeMs', 0.5), 'at most 3 ms']),
    toRow(['whole answer, p99', added('wholeMs', 0.99), '']),
    toRow(['CPU of the gateway a call', cpu('gatewayMs'), 'at most 2 ms']),
    toRow(['CPU of the database a call', cpu('databaseMs'), '']),
    '',
  ].join('\n');
}
