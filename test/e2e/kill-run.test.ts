import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunResult } from '../../src/domain/run/run-result.ts';
import { readState } from '../../src/dev/stack-state.ts';
import { findStack, removeHome, startStack } from '../../src/dev/stack.ts';
import type { WorkerStore } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ScriptedAnswer, ScriptedModelServer } from '../../src/testing/index.ts';
import { startScriptedModel } from '../../src/testing/index.ts';
import type { CliPlace, RunningCli } from '../support/command/cli.ts';
import { gaffer, processesOf, startGaffer, writeProject } from '../support/command/cli.ts';
import type { CrewCall } from '../support/crash/crew.ts';
import { crewFiles, crewScript, rightSum, workFile } from '../support/crash/crew.ts';
import { lookAtFlight, violations } from '../support/invariants/invariants.ts';
import type { SeenProcess } from '../support/base/processes.ts';
import { descendantsOf, stillAlive } from '../support/base/processes.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { TemporalWitness } from '../support/invariants/temporal-witness.ts';
import { until } from '../support/base/until.ts';
import { buildIfStale, builtBundle } from '../support/run/worker-process.ts';

const size = 3;

describe('gaffer watch goes on where gaffer run was killed', () => {
  let model: ScriptedModelServer;

  beforeAll(async () => {
    buildIfStale();
    model = await startScriptedModel({ rules: [] });
  });
  afterAll(() => model.close());

  it('in a tool, with the servers still there', async () => {
    const place = projectOf('killed-in-tool');
    const long = 'setsid sleep 602 & touch started; sleep 603';
    const { run, home } = start('killed-in-tool', place, ({ step, name, answer }) => {
      if (name !== 'w1' || step !== 'work') return undefined;
      return { ...answer, tools: [{ name: 'bash', input: { command: `echo w1 >> work-w1; ${long}` } }] };
    });
    await until('the command runs', () => existsSync(join(place.cwd, 'started')), 60_000);
    await goesOn('killed-in-tool', place, home, async (store, runKey) => {
      const kill = await freezeAndLook(run, store, runKey);
      const tools = descendantsOf(run.process.pid!);
      expect(tools.map((one) => one.command)).toContain('sleep 602');
      run.process.kill('SIGKILL');
      await run.ended;
      expect(await stillAlive(withoutServers(tools, home), 5000)).toEqual([]);
      return kill;
    });
  });

  it('during a model call, with its servers killed as well', async () => {
    const place = projectOf('killed-in-call');
    let isHeld = false;
    const { run, home } = start('killed-in-call', place, ({ number, answer }) => {
      if (number !== 5) return undefined;
      isHeld = true;
      return { ...answer, fault: { kind: 'stall' } };
    });
    await until('a call is held', () => isHeld, 60_000);
    await goesOn('killed-in-call', place, home, async (store, runKey) => {
      const kill = await freezeAndLook(run, store, runKey);
      const { temporal, postgres } = readState({ path: home });
      run.process.kill('SIGKILL');
      for (const server of [temporal!, postgres!]) process.kill(server.pid, 'SIGKILL');
      await run.ended;
      return kill;
    });
  });

  function projectOf(runId: string): CliPlace {
    const cwd = writeProject(tempFolder(), crewFiles(size, runId));
    return { cwd, env: { ANTHROPIC_API_KEY: model.apiKey, ANTHROPIC_BASE_URL: model.url } };
  }

  function start(runId: string, place: CliPlace, change: (call: CrewCall) => ScriptedAnswer | undefined) {
    model.setScript(crewScript(runId, change));
    const flags = ['--agents', 'agents', '--allow-unsandboxed-shell', '--yes'];
    const run = startGaffer(['run', 'workflow.yaml', '--id', runId, ...flags], place);
    const home = join(place.cwd, '.gaffer');
    onTestFinished(async () => {
      run.process.kill('SIGKILL');
      await removeHome({ path: home });
    });
    return { run, home };
  }

  async function freezeAndLook({ process }: RunningCli, store: WorkerStore, runKey: string) {
    process.kill('SIGSTOP');
    return lookAtFlight(store, runKey);
  }

  async function goesOn(
    runId: string,
    place: CliPlace,
    home: string,
    kill: (store: WorkerStore, runKey: string) => ReturnType<typeof lookAtFlight>,
  ): Promise<void> {
    const found = await withStore((await findStack({ path: home }, {}))!.databaseUrl, async (store) => {
      const { runKey } = (await store.runs.find(runId))!;
      return { runKey, kill: await kill(store, runKey) };
    });
    const watchedAt = Date.now();
    const watched = await gaffer(['watch', runId, '--json', '--yes'], place);
    expect(watched, watched.stderr).toMatchObject({ code: 0 });
    const { status, tasks } = JSON.parse(watched.stdout) as RunResult;
    expect({ status, sum: tasks['sum']!.output }).toEqual({ status: 'succeeded', sum: rightSum(size) });
    expect(processesOf(home)).toEqual([]);
    for (let one = 1; one <= size; one++) {
      expect(readFileSync(workFile(place.cwd, `w${one}`), 'utf8')).toBe(`w${one}\n`);
    }
    const stack = await startStack({ home: { path: home }, env: process.env, say: () => undefined });
    const temporal = new TemporalWitness(stack.temporal.target, builtBundle);
    try {
      const settings = {
        databaseUrl: stack.databaseUrl,
        models: { kind: 'anthropic', accounts: { anthropic: { apiKey: model.apiKey, baseURL: model.url } } },
      } as const;
      const check = (store: WorkerStore) =>
        violations({ model, store, temporal, settings }, found.runKey, [found.kill]);
      expect(await withStore(stack.databaseUrl, check)).toEqual([]);
    } finally {
      await temporal.close();
      await stack.stop();
    }
    const first = model.requests.find((call) => call.at >= watchedAt && call.callKey?.startsWith(found.runKey));
    console.log(`${runId}: first model call ${first!.at - watchedAt} ms after gaffer watch was started`);
  }
});

// The command starts its servers too; they are to outlive it.
function withoutServers(processes: SeenProcess[], home: string): SeenProcess[] {
  const { temporal, postgres } = readState({ path: home });
  const servers = [temporal, postgres].flatMap((server) =>
    server ? [server.pid, ...descendantsOf(server.pid).map((one) => one.pid)] : [],
  );
  // What made the namespaces of the front stands around it.
  return processes.filter((one) => !servers.includes(one.pid) && !/front-main\.[jt]s /.test(one.command));
}

async function withStore<Result>(url: string, use: (store: WorkerStore) => Promise<Result>): Promise<Result> {
  const store = await openStore(url);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
