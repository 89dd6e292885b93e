import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Runs } from '../../../src/client/index.ts';
import type { TemporalTarget } from '../../../src/domain/temporal-target.ts';
import { isPortFree } from '../../../src/host/ports.ts';
import { openStore, type WorkerStore } from '../../../src/store/open-store.ts';
import { startScriptedModel, type ScriptedModelServer } from '../../../src/testing/index.ts';
import type { Scene } from '../invariants/invariants.ts';
import { TemporalWitness } from '../invariants/temporal-witness.ts';
import { builtBundle } from '../run/worker-process.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { type TemporalServer, namespace, startTemporalServer } from './temporal-server.ts';

/** Servers as operators have them, a project, and what a program and a command need to know of them. */
export interface Site extends Scene {
  postgres: PostgresServer;
  server: TemporalServer;
  /** How everybody reaches Temporal: with the key. */
  target: TemporalTarget;
  model: ScriptedModelServer;
  store: WorkerStore;
  runs: Runs;
  /** Folder of workflow files, agents and workspaces. */
  project: string;
  /** What workers and commands are told by the environment. */
  env: Readonly<Record<string, string>>;
  /** What Temporal's database must hold nowhere, beside words of runs. */
  secrets: readonly string[];
  close(): Promise<void>;
}

const firstPort = 30_001;

/** Starts all of it below the folder of the test run, which its guard removes. */
export async function openSite(): Promise<Site> {
  const folder = realpathSync(tmpdir());
  const project = join(folder, 'project');
  mkdirSync(join(project, 'agents'), { recursive: true });
  const worker = '---\nname: worker\nmodel: claude-haiku-4-5\ntools: [issue, bash, filesystem]\n---\nYou do things.\n';
  writeFileSync(join(project, 'agents', 'worker.md'), worker);
  const postgres = await startPostgresServer(folder, await freePort());
  const server = await startTemporalServer(folder, postgres);
  const model = await startScriptedModel({ rules: [] });
  const databaseUrl = postgres.url('crew', 'gaffer_crew');
  const store = await openStore(databaseUrl);
  const apiKey = `canary-${randomUUID()}`;
  const payloadKey = randomBytes(32).toString('base64');
  const target: TemporalTarget = {
    ...{ address: server.address, namespace },
    payloadKeys: { keys: { site: payloadKey }, current: 'site' },
  };
  const env = {
    ...{ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace, DATABASE_URL: databaseUrl },
    ...{ GAFFER_PAYLOAD_KEYS: `site:${payloadKey}`, GAFFER_HOST: 'production' },
    ...{ ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: model.url, GAFFER_WEB_ALLOW: new URL(model.url).host },
    ...{ GAFFER_HOME: join(folder, 'home'), TMPDIR: folder },
    // The rules are our own: they may have a shell where there is no bubblewrap.
    GAFFER_ALLOW_UNSANDBOXED_SHELL: '1',
  };
  const runs = await connect({ temporal: target, databaseUrl, cwd: project, env: {} });
  const temporal = new TemporalWitness(target, builtBundle);
  const settings = {
    databaseUrl,
    models: { kind: 'anthropic' as const, accounts: { anthropic: { apiKey, baseURL: model.url } } },
  };
  return {
    ...{ postgres, server, target, model, store, runs, project, env, temporal, settings },
    secrets: [apiKey, payloadKey, 'crew-canary'],
    async close() {
      await temporal.close();
      await runs.close();
      await store.close();
      await model.close();
      await server.stop('SIGTERM');
      await postgres.stop('SIGINT');
    },
  };
}

async function freePort(port = firstPort): Promise<number> {
  return (await isPortFree(port)) ? port : freePort(port + 1);
}
