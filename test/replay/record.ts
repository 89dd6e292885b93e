/*
 * Records the histories that replay.test.ts replays: `npm run record-histories` adds what is missing,
 * `npm run record-histories -- --all` records everything anew. An old history is worth keeping: it stands for the runs
 * that are alive when a new version is installed, so record anew only before a release or together with a `patched`.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { clientOptionsOf, type TemporalTarget } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { connect } from '../../src/client/index.ts';
import type { Runs, Run } from '../../src/client/index.ts';
import { removeHome, startStack } from '../../src/dev/stack.ts';
import type { OrchestrateInput } from '../../src/contracts/orchestrate-input.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { WorkerStore } from '../../src/store/open-store.ts';
import type { ScriptedModelServer } from '../../src/testing/index.ts';
import { startScriptedModel } from '../../src/testing/index.ts';
import { bundleWorkflows } from '../../src/workers/bundle-workflows.ts';
import { startWorker } from '../../src/workers/start-worker.ts';
import { newRepository } from '../support/coding/merge-repository.ts';
import { plan } from '../support/plan/builders.ts';
import { scenarios } from './scenarios.ts';
import { asking } from './scenarios-turns.ts';
import type { Scenario } from './scenario.ts';
import { scrub } from './scrub.ts';

const histories = fileURLToPath(new URL('histories', import.meta.url));
const taskQueue = 'gaffer';

interface Recorder {
  gaffer: Runs;
  temporal: Client;
  model: ScriptedModelServer;
  store: WorkerStore;
  workspace: string;
  /** That of the scenario at work; left out: none has begun. */
  repository?: string;
}

await main(process.argv.includes('--all'));

async function main(isAll: boolean): Promise<void> {
  mkdirSync(histories, { recursive: true });
  const wanted = scenarios.filter(({ name }) => isAll || !existsSync(fileOf(name)));
  if (wanted.length === 0) return console.log('Every history is there; `-- --all` records them anew.');
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-record-'));
  // Worktrees and homes of attempts lie in there, too.
  process.env['XDG_STATE_HOME'] = join(folder, 'state');
  const env = { ...process.env, DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined };
  const home = { path: join(folder, '.gaffer') };
  const stack = await startStack({ home, env, say: (line) => console.log(line) });
  const store = await openStore(stack.databaseUrl);
  try {
    await recordAll(wanted, { folder, target: stack.temporal.target, databaseUrl: stack.databaseUrl, store });
  } finally {
    await store.close();
    await stack.stop();
    await removeHome(home);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordAll(
  wanted: Scenario[],
  {
    folder,
    target,
    databaseUrl,
    store,
  }: { folder: string; target: TemporalTarget; databaseUrl: string; store: WorkerStore },
): Promise<void> {
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  const workflowBundle = await bundle(folder);
  const model = await startScriptedModel({ rules: [] });
  const worker = await startWorker({
    ...{ temporal: target, databaseUrl, taskQueue, workspace, workflowBundle },
    models: { kind: 'scripted', accounts: { anthropic: { apiKey: model.apiKey, baseURL: model.url } } },
    folders: { within: [workspace, tmpdir()], plansAnywhere: false },
    ...{ workflowsDirs: [], agentsDirs: [], unsandboxedShell: true, webAllow: [], logFile: null },
    tools: [asking],
    // Programs of others want one; those of scenarios ask no model.
    gateway: { socket: join(folder, 'gateway', 'gateway.sock'), ready: async () => undefined },
  });
  const connection = await Connection.connect(clientOptionsOf(await reachTemporal(target)));
  const gaffer = await connect({ temporal: target, databaseUrl, taskQueue, env: {} });
  try {
    const recorder: Recorder = { gaffer, temporal: new Client({ connection }), model, store, workspace };
    for (const scenario of wanted) await record(recorder, scenario);
  } finally {
    await gaffer.close();
    await connection.close();
    await worker.stop();
    await model.close();
  }
}

async function bundle(folder: string): Promise<string> {
  const { code } = await bundleWorkflows();
  const file = join(folder, 'workflow-bundle.js');
  writeFileSync(file, code);
  return file;
}

async function record(recorder: Recorder, scenario: Scenario): Promise<void> {
  recorder.model.setScript({ rules: scenario.rules });
  const keep = async (): Promise<void> => {
    await save(recorder, scenario.name, fileOf(scenario.name));
    for (const id of scenario.beside ?? []) {
      await (await recorder.gaffer.find(id)).closed();
      await save(recorder, id, fileOf(id));
    }
    for (const first of scenario.firsts ?? []) {
      const [id, file] = first === '' ? ['', ''] : [`/${first}`, `.${first}`];
      await save(recorder, `${scenario.name}${id}`, fileOf(`${scenario.name}${file}.first`), { isFirst: true });
    }
    for (const child of scenario.children ?? []) {
      await save(recorder, `${scenario.name}/${child}`, fileOf(`${scenario.name}.${child.replace(/[~/]/g, '-')}`));
    }
  };
  const end = scenario.input ? await refused(recorder, scenario) : await run(recorder, scenario, keep);
  if (!scenario.until) await keep();
  console.log(`${scenario.name}: ${end}`);
}

// Kept in flight; what happens to the run afterwards is of no interest.
async function stopAt(handle: Run, until: (run: Run) => Promise<void>, keep: () => Promise<void>): Promise<string> {
  await until(handle);
  await keep();
  await handle.cancel();
  await handle.result();
  return 'in flight';
}

async function start(
  { gaffer, temporal, store }: Recorder,
  { name, moveAfterEvents, startsInMs }: Scenario,
  work: Plan,
): Promise<Run> {
  const turn = startsInMs !== undefined && { at: new Date(Date.now() + startsInMs), priority: 'urgent' as const };
  if (moveAfterEvents === undefined) return gaffer.start({ plan: work, id: name, ...turn });
  const args: [OrchestrateInput] = [{ plan: await store.runs.savePlan(work), moveAfterEvents }];
  await temporal.workflow.start('orchestrate', { workflowId: name, taskQueue, args });
  while (!(await store.runs.find(name))) await new Promise((resolve) => setTimeout(resolve, 20));
  return gaffer.find(name);
}

async function run(recorder: Recorder, scenario: Scenario, keep: () => Promise<void>): Promise<string> {
  const { plan: work = plan(), during, until } = scenario;
  const workspace = scenario.repository
    ? newRepository(scenario.repository, mkdtempSync(join(recorder.workspace, '..', 'repository-')))
    : recorder.workspace;
  recorder.repository = workspace;
  const handle = await start(recorder, scenario, { ...work, workspace });
  await during?.(handle);
  if (until) return stopAt(handle, until, keep);
  const { status } = await handle.result();
  // The store has the result before the workflow closes.
  while ((await handle.describe()).status === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
  return status;
}

async function refused({ temporal }: Recorder, { name, input }: Scenario): Promise<string> {
  const handle = await temporal.workflow.start('orchestrate', { workflowId: name, taskQueue, args: [input] });
  return handle.result().then(
    () => 'not refused',
    () => 'refused',
  );
}

/** In the format of `temporal workflow show -o json`, one event a line. */
async function save(
  { temporal, workspace, repository }: Recorder,
  workflowId: string,
  file: string,
  { isFirst = false }: { isFirst?: boolean } = {},
): Promise<void> {
  const last = await temporal.workflow.getHandle(workflowId).fetchHistory();
  const { firstExecutionRunId } = last.events![0]!.workflowExecutionStartedEventAttributes!;
  const history = isFirst ? await temporal.workflow.getHandle(workflowId, firstExecutionRunId!).fetchHistory() : last;
  const { events } = JSON.parse(historyToJSON(history)) as { events: JsonObject[] };
  const replacements = new Map([
    [repository ?? workspace, '/workspace'],
    [workspace, '/workspace'],
    [join(workspace, '..'), '/recorder'],
    [`@${hostname()}`, '@host'],
  ]);
  const lines = events.map((event) => JSON.stringify(scrub(event, replacements)));
  writeFileSync(file, `{"events":[\n${lines.join(',\n')}\n]}\n`);
}

function fileOf(name: string): string {
  return join(histories, `${name}.json`);
}
