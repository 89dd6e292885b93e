import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAge } from '../../config/age.ts';
import type { GafferHome } from '../../config/home.ts';
import { ensureSecret } from '../../config/home-secret.ts';
import { searchAttributes } from '../../domain/run/search-attributes.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { choosePort, isPortFree } from '../../host/ports.ts';
import { type ProcessIdentity, isAlive } from '../../host/process-identity.ts';
import { lastLine } from '../../host/run-tool.ts';
import { frontSocket, renewFrontPassword } from '../front/front-place.ts';
import { listenForPeople, portOf, startFront, type WaitingFront } from '../front/start-front.ts';
import { logSince, logSize, serverEnvironment, startServer } from '../server-process.ts';
import { StackError } from '../stack-error.ts';
import type { TemporalBinary } from './temporal-cache.ts';
import { answers, embeddedTarget, endTemporal, keepRuns, readPin, runsBefore } from './temporal-server.ts';
import { type TemporalRecord, temporalDataFile, writePin } from './temporal-server.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Ports = Pick<TemporalRecord, 'port' | 'uiPort'>;

const usualPort = 7233;
const usualUiPort = 8233;
const readyWithinMs = 30_000;
const dayMs = 24 * 60 * 60_000;

/** How to start a server. */
export interface TemporalStart {
  home: GafferHome;
  binary: TemporalBinary;
  env: Environment;
  say: (line: string) => void;
  /** Called the moment a process exists, so that no kill after it can orphan the server. */
  remember: (record: TemporalRecord) => void;
}

/**
 * Starts the server on the home's data and resolves when it answers. The ports that it had before or the usual ones when they are free,
 * others when not. Behind a front, where this machine lets us have one.
 *
 * @throws StackError `port-taken` or `no-server`, with the end of the log
 */
export async function startTemporal(options: TemporalStart): Promise<TemporalRecord> {
  const { home, binary, env } = options;
  ensureSecret(home);
  const startedAt = new Date();
  const front = await startFront({ home, env: serverEnvironment(env), logFile: logFile(home) });
  const record = await (typeof front === 'string' ? startOpen(options, front) : startFronted(options, front));
  const { version, serverVersion } = binary;
  const { port, uiPort, isSealed = false } = record;
  const plainRuns = isSealed ? await plainRunsOf(home, record, startedAt) : readPin(home).plainRuns;
  writePin(home, { version, serverVersion, port, uiPort, isSealed, ...(plainRuns && { plainRuns }) });
  await keepRuns(embeddedTarget(home, record), retentionMs(env));
  return record;
}

/** In namespaces of its own, where its ports are free. */
async function startFronted(options: TemporalStart, front: WaitingFront): Promise<TemporalRecord> {
  const { home, binary, env, say, remember } = options;
  const secret = ensureSecret(home);
  const socket = await frontSocket(home, secret).catch(async (error: unknown) => {
    await endTemporal(front.identity);
    throw error;
  });
  const wanted = portsOf(home);
  const listeners = await listenForPeople([wanted.port, wanted.uiPort]);
  const [port, uiPort] = listeners.map(portOf) as [number, number];
  if (port !== wanted.port) say(`Temporal server: port ${wanted.port} is taken, using ${port}`);
  const record = { ...recordOf(binary, front.identity, { port, uiPort }), isFronted: true, socket };
  remember(record);
  const offset = logSize(logFile(home));
  const inner = { port: usualPort, uiPort: usualUiPort };
  const server = { command: binary.path, args: serverArguments(home, inner), cwd: home.path };
  const keys = { secret, password: renewFrontPassword(home, port) };
  await front.go({ ...server, ...inner, ...keys, socket, env: serverEnvironment(env) }, listeners);
  if (await comesUp(home, record)) return record;
  throw notUp(home, port, logSince(logFile(home), offset));
}

/** Which runs have payloads that are not sealed: those from before this server and the one before it, if nobody else reached that. */
async function plainRunsOf(home: GafferHome, record: TemporalRecord, startedAt: Date): Promise<string[]> {
  const { isSealed, plainRuns = [] } = readPin(home);
  if (isSealed) return plainRuns;
  const { address, namespace } = embeddedTarget(home, record);
  return [...new Set([...plainRuns, ...(await runsBefore({ address, namespace }, startedAt))])];
}

/** On ports that this whole machine reaches. */
async function startOpen(options: TemporalStart, why: string): Promise<TemporalRecord> {
  const { home, binary, env, say, remember } = options;
  const wanted = portsOf(home);
  say(`Temporal server: every account of this machine reaches its ports, for ${why}; what runs say is sealed`);
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(attempt === 1 ? wanted.port : undefined);
    const uiPort = await choosePort(attempt === 1 ? wanted.uiPort : undefined);
    if (attempt === 1 && port !== wanted.port) say(`Temporal server: port ${wanted.port} is taken, using ${port}`);
    const offset = logSize(logFile(home));
    const identity = await startServer({
      name: `The Temporal server (${binary.path})`,
      command: binary.path,
      args: serverArguments(home, { port, uiPort }),
      logFile: logFile(home),
      cwd: home.path,
      env: serverEnvironment(env),
    });
    const record = { ...recordOf(binary, identity, { port, uiPort }), isSealed: true };
    remember(record);
    if (await comesUp(home, record)) return record;
    const outcome = logSince(logFile(home), offset);
    const areFree = (await isPortFree(port)) && (await isPortFree(uiPort));
    const isPortTaken =
      !areFree || /address already in use|can't (set|bind|listen)|port .* (is )?(in use|already)/i.test(outcome);
    if (!isPortTaken || attempt >= 3) throw notUp(home, port, outcome, isPortTaken ? 'port-taken' : 'no-server');
  }
}

function recordOf(binary: TemporalBinary, identity: ProcessIdentity, ports: Ports): TemporalRecord {
  const { version, serverVersion, origin, path: program } = binary;
  return { ...identity, ...ports, version, serverVersion, origin, program };
}

function notUp(
  home: GafferHome,
  port: number,
  outcome: string,
  reason: 'port-taken' | 'no-server' = 'no-server',
): StackError {
  const why = outcome ? lastLine(outcome) : `no answer within ${readyWithinMs / 1000} s`;
  return new StackError(
    reason,
    `The Temporal server did not come up on port ${port}: ${why}. Its log: ${logFile(home)}`,
  );
}

/** Waits until it answers, and ends what does not. */
async function comesUp(home: GafferHome, record: TemporalRecord): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  while (isAlive(record) && performance.now() < deadline) {
    if ((await answers(embeddedTarget(home, record), 2_000)) && isAlive(record)) return true;
    await sleep(20);
  }
  await endTemporal(record);
  return false;
}

function serverArguments(home: GafferHome, { port, uiPort }: Ports): string[] {
  const dynamic = [
    // Timers would otherwise cost a second whatever their length.
    'history.timerProcessorMaxTimeShift="10ms"',
    'system.enableActivityEagerExecution=true',
    // Runs of `temporal workflow start` get as long as those that the client starts.
    `history.defaultWorkflowTaskTimeout="${workflowTaskTimeout.replace(' ', '')}"`,
    // Nobody needs the HTTP API, which any page in a browser can reach: it answers to no name of this machine.
    'frontend.HTTPAllowedHosts=["gaffer.test"]',
    // Runs take turns at a worker's places: their ids are their fairness keys.
    'matching.enableFairness=true',
    // Priorities hold within a partition of a queue only. Old ones are read on: work may lie there from before.
    'matching.numTaskqueueWritePartitions=1',
  ];
  // A kill loses nothing with these; a power cut may lose the last moment.
  const pragmas = ['journal_mode=wal', 'synchronous=normal'];
  const where = ['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)];
  const data = ['--db-filename', temporalDataFile(home), '--namespace', 'default'];
  return ['server', 'start-dev', '--log-level', 'error'].concat(
    where,
    data,
    pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    dynamic.flatMap((value) => ['--dynamic-config-value', value]),
    Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  );
}

/** How long ended runs are kept: `GAFFER_RETENTION`, at least a day; 30 days when it says nothing. */
function retentionMs(env: Environment): number {
  const age = parseAge(env['GAFFER_RETENTION'] ?? '');
  return age === null ? 30 * dayMs : Math.max(age, dayMs);
}

/** The ports that the server of a home had, so that whoever knows them finds it again; else the usual ones. */
function portsOf(home: GafferHome): Ports {
  const { port = usualPort, uiPort = usualUiPort } = readPin(home);
  return { port, uiPort };
}

function logFile(home: GafferHome): string {
  return join(home.path, 'logs', 'temporal.log');
}
