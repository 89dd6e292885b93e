import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { clientOptionsOf } from '../../../src/domain/temporal-target.ts';
import { isPortFree } from '../../../src/host/ports.ts';
import { until } from '../base/until.ts';
import { type PostgresServer, passwords } from './postgres-server.ts';
import { builtTemporal } from './temporal-build.ts';

/** The namespace that runs live in. */
export const namespace = 'production';

/** A Temporal server as operators run it: its four services, on PostgreSQL. */
export interface TemporalServer {
  address: string;
  /** Ends it: cleanly, or as a crash does. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it anew on the same data and ports, and waits until it answers. */
  start: () => Promise<void>;
}

const historyShards = 16;
const databases = { temporal: 'temporal', temporal_visibility: 'visibility' } as const;
const firstPort = 20_000;
const lastPort = 30_000;

/** Makes the databases with Temporal's own tool, starts the server, and makes the namespace as an operator would. */
export async function startTemporalServer(folder: string, database: PostgresServer): Promise<TemporalServer> {
  makeSchema(database);
  const ports = await freePorts(9);
  const config = join(folder, 'temporal.json');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(configOf(folder, ports, database)), { mode: 0o600 });
  // How soon an old version may count as drained: minutes are for servers with a million runs.
  const [patience, refresh] = ['VersionDrainageStatusVisibilityGracePeriod', 'VersionDrainageStatusRefreshInterval'];
  const dynamic = Object.fromEntries([patience, refresh].map((name) => [`matching.wv.${name}`, [{ value: '5s' }]]));
  writeFileSync(dynamicConfigOf(folder), JSON.stringify(dynamic));
  const address = `127.0.0.1:${ports[0]}`;
  let child = launch(folder, config);
  const server: TemporalServer = {
    address,
    async stop(signal) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    async start() {
      child = launch(folder, config);
      await untilReady(address, () => child.exitCode);
    },
  };
  await untilReady(address, () => child.exitCode);
  await makeNamespace(address);
  return server;
}

function launch(folder: string, config: string) {
  const log = openSync(join(folder, 'temporal.log'), 'a');
  const args = ['--config-file', config, '--allow-no-auth', 'start'];
  return spawn(builtTemporal().server, args, { cwd: folder, env: {}, stdio: ['ignore', log, log] });
}

function makeSchema({ port }: PostgresServer): void {
  for (const [name, schema] of Object.entries(databases)) {
    const to = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', String(port), '--user', 'temporal'];
    const run = (...args: string[]): void => {
      const env = { SQL_PASSWORD: passwords.temporal };
      execFileSync(builtTemporal().sqlTool, [...to, '--database', name, ...args], { env, stdio: 'pipe' });
    };
    run('create-database', '--defaultdb', 'postgres');
    run('setup-schema', '--version', '0.0');
    run('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
}

function configOf(folder: string, ports: readonly number[], { port }: PostgresServer) {
  const [frontend, ...others] = ports;
  const store = (databaseName: string, maxConns: number) => ({
    sql: {
      ...{ pluginName: 'postgres12', databaseName, connectAddr: `127.0.0.1:${port}`, connectProtocol: 'tcp' },
      ...{ user: 'temporal', password: passwords.temporal, maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
    },
  });
  const rpc = (grpcPort: number, membershipPort: number, httpPort?: number) => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true, ...(httpPort !== undefined && { httpPort }) },
  });
  const [a, b, c, d, e, f, g, h] = others as [number, number, number, number, number, number, number, number];
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      ...{ defaultStore: 'default', visibilityStore: 'visibility', numHistoryShards: historyShards },
      datastores: { default: store('temporal', 10), visibility: store('temporal_visibility', 4) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: { frontend: rpc(frontend!, a, b), matching: rpc(c, d), history: rpc(e, f), worker: rpc(g, h) },
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: {
          ...{ enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: `127.0.0.1:${frontend}` },
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicConfigOf(folder), pollInterval: '10s' },
  };
}

function dynamicConfigOf(folder: string): string {
  return join(folder, 'temporal-dynamic.json');
}

// Below those that the system gives to connections: one of these could have the port when a server comes again.
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = firstPort + (process.pid % 5000); ports.length < count; port++) {
    if (port > lastPort) throw new Error('no ports are free');
    if (await isPortFree(port)) ports.push(port);
  }
  return ports;
}

async function untilReady(address: string, exitCode: () => number | null): Promise<void> {
  await until(
    'Temporal answers',
    async () => {
      if (exitCode() !== null) throw new Error(`Temporal ended with ${exitCode()}: temporal.log says why`);
      return canAsk(address, (connection) => connection.operatorService.listClusters({}));
    },
    120_000,
  );
}

async function makeNamespace(address: string): Promise<void> {
  await canAsk(address, ({ workflowService }) =>
    workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('3 days') }),
  );
  // Its services hear of a new namespace some seconds later.
  await until(
    'the namespace is there',
    () => canAsk(address, ({ workflowService }) => workflowService.countWorkflowExecutions({ namespace })),
    60_000,
  );
}

async function canAsk(address: string, ask: (connection: Connection) => Promise<unknown>): Promise<boolean> {
  const connection = await Connection.connect({
    ...clientOptionsOf({ address, namespace }),
    connectTimeout: 2000,
  }).catch(() => null);
  if (connection === null) return false;
  try {
    await ask(connection);
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
