import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowService } from '@temporalio/client';
import { parseAge } from '../../config/age.ts';
import type { GafferHome } from '../../config/home.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { choosePort, isListening, isPortFree } from '../../host/ports.ts';
import { type ProcessIdentity, endProcess, isAlive } from '../../host/process-identity.ts';
import { lastLine } from '../../host/run-tool.ts';
import { logSince, logSize, serverEnvironment, startServer } from '../server-process.ts';
import { StackError } from '../stack-error.ts';
import type { TemporalBinary } from './temporal-cache.ts';

/** A Temporal server as the state file remembers it. */
export interface TemporalRecord extends ProcessIdentity {
  port: number;
  uiPort: number;
  version: string;
  serverVersion: string;
  origin: string;
}

const usualPort = 7233;
const usualUiPort = 8233;
const readyWithinMs = 30_000;
/** Generous: on an overloaded machine a slow server must not be taken for a dead one. */
const answerWithinMs = 15_000;
const dayMs = 24 * 60 * 60_000;

/** Search attributes of a run, registered at start. */
const searchAttributes = [
  'GafferWorkflow=Keyword',
  'GafferStatus=Keyword',
  'GafferPhase=Keyword',
  'GafferAgent=KeywordList',
  'GafferTokens=Int',
  'GafferCostUsd=Double',
  'GafferGrade=Double',
];

/** The version of `temporal` that wrote the home's data; undefined when there is none yet. */
export function pinnedVersion(home: GafferHome): string | undefined {
  const pin = readJsonFile(pinFile(home)) as { version?: string } | undefined;
  return pin?.version;
}

/** The file that Temporal's data lies in. */
export function temporalDataFile(home: GafferHome): string {
  return join(home.path, 'temporal.db');
}

/**
 * Starts the server on the home's data and resolves when it answers. The usual ports when they are free, others when not.
 *
 * `remember` is called the moment the process exists, so that no kill after it can orphan the server.
 *
 * @throws StackError `port-taken` or `no-server`, with the end of the log
 */
export async function startTemporal(options: {
  home: GafferHome;
  binary: TemporalBinary;
  env: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
  remember: (record: TemporalRecord) => void;
}): Promise<TemporalRecord> {
  const { home, binary, say } = options;
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(attempt === 1 ? usualPort : undefined);
    const uiPort = await choosePort(attempt === 1 ? usualUiPort : undefined);
    if (attempt === 1 && port !== usualPort) say(`Temporal server: port ${usualPort} is taken, using ${port}`);
    const outcome = await tryStart({ ...options, port, uiPort });
    if (typeof outcome !== 'string') {
      writeJsonFile(pinFile(home), { version: binary.version, serverVersion: binary.serverVersion });
      await keepRuns(port, retentionMs(options.env));
      return outcome;
    }
    const areFree = (await isPortFree(port)) && (await isPortFree(uiPort));
    const isPortTaken =
      !areFree || /address already in use|can't (set|bind|listen)|port .* (is )?(in use|already)/i.test(outcome);
    if (isPortTaken && attempt < 3) continue;
    throw new StackError(
      isPortTaken ? 'port-taken' : 'no-server',
      `The Temporal server did not come up on port ${port}: ${lastLine(outcome)}. Its log: ${logFile(home)}`,
    );
  }
}

async function tryStart({
  home,
  binary,
  env,
  remember,
  port,
  uiPort,
}: Parameters<typeof startTemporal>[0] & { port: number; uiPort: number }): Promise<TemporalRecord | string> {
  const log = logFile(home);
  const offset = logSize(log);
  const identity = await startServer({
    name: `The Temporal server (${binary.path})`,
    command: binary.path,
    args: serverArguments(home, port, uiPort),
    logFile: log,
    cwd: home.path,
    env: serverEnvironment(env),
  });
  const { version, serverVersion, origin } = binary;
  const record: TemporalRecord = { ...identity, port, uiPort, version, serverVersion, origin };
  remember(record);
  const deadline = performance.now() + readyWithinMs;
  while (isAlive(identity) && performance.now() < deadline) {
    if ((await answers(port, 2_000)) && isAlive(identity)) return record;
    await sleep(20);
  }
  await endTemporal(record);
  return logSince(log, offset) || `no answer within ${readyWithinMs / 1000} s`;
}

/** Whether that remembered server lives and answers. */
export async function isTemporalUp(record: TemporalRecord): Promise<boolean> {
  return isAlive(record) && (await answers(record.port, answerWithinMs));
}

/** Ends the server; its file survives even a SIGKILL, so patience is short. */
export async function endTemporal(record: ProcessIdentity, patienceMs = 5_000): Promise<void> {
  await endProcess(record, [{ signal: 'SIGTERM', patienceMs }]);
}

function serverArguments(home: GafferHome, port: number, uiPort: number): string[] {
  const dynamic = [
    // Timers would otherwise cost a second whatever their length.
    'history.timerProcessorMaxTimeShift="10ms"',
    'system.enableActivityEagerExecution=true',
    // How long the workflow task of a killed worker is waited for before another worker gets it. What takes longer on a busy machine
    // is not replayed as it was, so runs of `temporal workflow start` get as long as those that the client starts.
    'history.defaultWorkflowTaskTimeout="5s"',
    // Runs take turns at a worker's places: their ids are their fairness keys.
    'matching.enableFairness=true',
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
    searchAttributes.flatMap((attribute) => ['--search-attribute', attribute]),
  );
}

async function answers(port: number, timeoutMs: number): Promise<boolean> {
  // gRPC waits a whole second after a refused connection before it tries again.
  if (!(await isListening(port))) return false;
  return withConnection(port, timeoutMs, async () => true).catch(() => false);
}

/** How long ended runs are kept: `GAFFER_RETENTION`, at least a day; 30 days when it says nothing. */
function retentionMs(env: Readonly<Record<string, string | undefined>>): number {
  const age = parseAge(env['GAFFER_RETENTION'] ?? '');
  return age === null ? 30 * dayMs : Math.max(age, dayMs);
}

/** The dev server has no flag for it; its own default is one day. */
async function keepRuns(port: number, forMs: number): Promise<void> {
  await withConnection(port, 5_000, async (service) => {
    const { config } = await service.describeNamespace({ namespace: 'default' });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === forMs / 1000) return;
    const { msToTs } = await import('@temporalio/common/lib/time.js');
    const workflowExecutionRetentionTtl = msToTs(forMs);
    await service.updateNamespace({ namespace: 'default', config: { workflowExecutionRetentionTtl } });
  });
}

async function withConnection<Result>(
  port: number,
  timeoutMs: number,
  use: (service: WorkflowService) => Promise<Result>,
): Promise<Result> {
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: timeoutMs });
  try {
    return await connection.withDeadline(Date.now() + timeoutMs, () => use(connection.workflowService));
  } finally {
    await connection.close();
  }
}

function pinFile(home: GafferHome): string {
  return join(home.path, 'temporal.json');
}

function logFile(home: GafferHome): string {
  return join(home.path, 'logs', 'temporal.log');
}
