import { existsSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Runs } from '../../src/client/index.ts';
import { connect } from '../../src/client/index.ts';
import { folderOf } from '../../test/support/agents/install-agents.ts';
import { gitOf } from '../../test/support/coding/merge-repository.ts';
import type { BenchProcess } from '../child-process.ts';
import { startProcess } from '../child-process.ts';
import type { ModelCounts } from '../model-main.ts';
import { lookAtGateways } from '../../src/dev/gateway/stop-gateways.ts';
import { cpuMsOf } from '../cpu.ts';
import { codingAnswers, codingLatencyMs } from '../model-script.ts';
import { taskQueue } from '../ours/settings.ts';
import type { Surroundings } from '../program.ts';
import { runPlainClaude } from './plain-claude.ts';
import type { CodingSample } from './report.ts';
import { codingProgress, codingTable } from './report.ts';
import type { Coder, Place } from './work.ts';
import { diskOf, expectDone, makeRepository, planOf, sizes } from './work.ts';

/** One way to have all tasks done. */
interface Way {
  coder: Coder;
  /** `plain`: `claude -p` without us. */
  place: Place | 'plain';
  atOnce: number;
}

const ofCommands: Way[] = [
  { coder: 'command', place: 'shared', atOnce: 1 },
  ...[1, 3, 6].map((atOnce) => ({ coder: 'command' as const, place: 'worktrees' as const, atOnce })),
];
const ofClaude: Way[] = [
  { coder: 'claude', place: 'plain', atOnce: 1 },
  { coder: 'claude', place: 'worktrees', atOnce: 6 },
];

/** Where the tasks are done. */
interface Site {
  client: Runs;
  model: BenchProcess<Surroundings['model']>;
  /** Folder in which claude stands; null: it is not installed. */
  claude: string | null;
  /** Repositories are made in there. They stay until no worker is left that looks after their worktrees. */
  folder: string;
  cpu: () => Cpu;
}

/** CPU time that was used so far, in ms. */
interface Cpu {
  /** Of the worker with all that it started: git, agents. */
  worker: number;
  /** Of the gateway, the database and Temporal. */
  servers: number;
}

type Servers = Pick<Surroundings, 'temporal' | 'databaseUrl'> & { folder: string; serverPids: readonly number[] };

/** Has a crew do twenty tasks in one repository, one, three and six at a time. @returns tables in Markdown */
export async function measureCoding(
  { temporal, databaseUrl, folder, serverPids }: Servers,
  { rounds }: { rounds: number },
  say: (line: string) => void,
): Promise<string> {
  const [home, state] = [join(folder, 'gateway'), join(folder, 'state')];
  mkdirSync(join(home, 'logs'), { recursive: true });
  const claude = folderOf('claude');
  const model = await startProcess<Surroundings['model']>('model-main.ts');
  const worker = await startProcess('coding/worker-main.ts', {
    ...{ temporal, databaseUrl, model: model.ready, home, state },
    programs: claude === null ? [] : [claude],
  });
  const client = await connect({ temporal, databaseUrl, taskQueue, cwd: folder, env: {} });
  const [gateway] = await lookAtGateways({ path: home });
  const servers = [...serverPids, ...(gateway ? [gateway.pid] : [])];
  const cpu = (): Cpu => ({
    worker: cpuMsOf(worker.pid),
    servers: servers.reduce((sum, pid) => sum + cpuMsOf(pid), 0),
  });
  const site = { client, model, claude, folder, cpu };
  const samples: CodingSample[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const way of claude === null ? ofCommands : [...ofCommands, ...ofClaude]) {
        samples.push(await doAll(site, way, round));
        say(codingProgress(round, samples.at(-1)!));
      }
    }
    return codingTable(samples);
  } finally {
    await client.close();
    await worker.stop();
    await model.stop();
  }
}

async function doAll(site: Site, { coder, place, atOnce }: Way, round: number): Promise<CodingSample> {
  const runId = `coding-${coder}-${place}-${atOnce}-${round}`;
  const repository = makeRepository(site.folder);
  await site.model.ask({ coding: true });
  const gitBefore = diskOf(join(repository, '.git'));
  const [startedAt, before] = [performance.now(), site.cpu()];
  if (place === 'plain') await runPlainClaude({ model: site.model.ready, programs: site.claude! }, runId, repository);
  else await runCrew(site.client, runId, planOf(runId, { coder, place, atOnce }, repository));
  const [wallMs, after] = [performance.now() - startedAt, site.cpu()];
  const { calls, distinct } = await site.model.ask<ModelCounts>('counts');
  const wanted = sizes.tasks * codingAnswers;
  if (calls !== wanted || distinct !== wanted)
    throw new Error(`${runId}: ${calls} calls, ${distinct} of them distinct; the work takes ${wanted}`);
  expectDone(repository, { inBranch: place === 'worktrees' });
  return {
    ...{ coder, place, atOnce, wallMs, idealMs: codingAnswers * codingLatencyMs, load: loadavg()[0]! },
    workerCpuMs: (after.worker - before.worker) / sizes.tasks,
    serverCpuMs: (after.servers - before.servers) / sizes.tasks,
    worktreeBytes: place === 'worktrees' ? diskOfWorktrees(repository) : null,
    gitBytes: (diskOf(join(repository, '.git')) - gitBefore) / sizes.tasks,
  };
}

async function runCrew(client: Runs, runId: string, plan: ReturnType<typeof planOf>): Promise<void> {
  const handle = await client.start({ plan, id: runId });
  const { status, reason } = await handle.result();
  if (status !== 'succeeded') throw new Error(`${runId} ended as ${status}: ${reason}`);
}

// They stand until a minute after the run's end: one that is gone already is not counted.
function diskOfWorktrees(repository: string): number | null {
  const listed = gitOf(repository)('worktree', 'list', '--porcelain').matchAll(/^worktree (.*)$/gm);
  const found = [...listed]
    .map(([, folder]) => folder!)
    .filter((folder) => folder !== repository && existsSync(folder));
  return found.length === 0 ? null : found.reduce((sum, folder) => sum + diskOf(folder), 0) / found.length;
}
