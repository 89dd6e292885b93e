import { join } from 'node:path';
import type { WorkflowService } from '@temporalio/client';
import type { GafferHome } from '../../config/home.ts';
import { readSecret } from '../../config/home-secret.ts';
import { clientOptionsOf, type TemporalTarget } from '../../domain/temporal-target.ts';
import { reachTemporal } from '../../host/front/reach-temporal.ts';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { type ProcessIdentity, endProcess, standingOf } from '../../host/process-identity.ts';
import { linkParameter, mintToken } from '../front/front-link.ts';
import { isServed } from '../front/knock.ts';

/** A Temporal server as the state file remembers it. */
export interface TemporalRecord extends ProcessIdentity {
  port: number;
  uiPort: number;
  version: string;
  serverVersion: string;
  origin: string;
  /** Path of the `temporal` that it is. Not in records of earlier versions. */
  program?: string;
  /** Whether the process is a front with the server behind it: both ports are the front's. Not in records of earlier versions. */
  isFronted?: boolean;
  /** Path of the front's socket for the home's owner. */
  socket?: string;
  /** Whether its ports are open to others and payloads therefore sealed. */
  isSealed?: boolean;
}

/** Generous: on an overloaded machine a slow server must not be taken for a dead one. */
const answerWithinMs = 15_000;

/** What a home remembers of its server while it is down, in `temporal.json`. */
export interface TemporalPin {
  /** Of the `temporal` that wrote the data. */
  version?: string;
  serverVersion?: string;
  /** The ports that it had. */
  port?: number;
  uiPort?: number;
  /** Whether payloads were sealed when it ran last. */
  isSealed?: boolean;
  /** Ids of workflows that were alive when sealing began; missing where it never did. */
  plainRuns?: string[];
}

/** What is remembered of a home's server; nothing when there was none yet. */
export function readPin(home: GafferHome): TemporalPin {
  return (readJsonFile(pinFile(home)) ?? {}) as TemporalPin;
}

/** Remembers that of a home's server. */
export function writePin(home: GafferHome, pin: TemporalPin): void {
  writeJsonFile(pinFile(home), pin);
}

/** The file that Temporal's data lies in. */
export function temporalDataFile(home: GafferHome): string {
  return join(home.path, 'temporal.db');
}

/** How to connect to the server of a home. */
export function embeddedTarget(home: GafferHome, { port, socket, isSealed = false }: TemporalRecord): TemporalTarget {
  const secret = readSecret(home);
  const { plainRuns } = readPin(home);
  return {
    ...{ address: `127.0.0.1:${port}`, namespace: 'default' },
    ...(socket !== undefined && secret !== null && { socket, password: secret }),
    ...(plainRuns && secret !== null && { seal: { secret, seals: isSealed, plainRuns } }),
  };
}

/** An address of the Web UI that opens it once; `path` without a slash before it. */
export function webUiAddress(home: GafferHome, { uiPort, isFronted, stamp }: TemporalRecord, path: string): string {
  const address = `http://127.0.0.1:${uiPort}/${path}`;
  const secret = isFronted ? readSecret(home) : null;
  const joint = path.includes('?') ? '&' : '?';
  return secret === null ? address : `${address}${joint}${linkParameter}=${mintToken({ secret, front: stamp })}`;
}

/** Whether that remembered server lives and answers. */
export async function isTemporalUp(home: GafferHome, record: TemporalRecord): Promise<boolean> {
  // Killed before it was known what need not be sealed.
  if (record.isSealed && !readPin(home).plainRuns) return false;
  const standing = standingOf(record);
  // Of another container's we see only whether it knows the home's secret.
  const mayBe = standing === 'alive' || (standing === 'unknown' && record.isFronted === true);
  return mayBe && (await answers(embeddedTarget(home, record), answerWithinMs));
}

/** Ends the server; its file survives even a SIGKILL, so patience is short. */
export async function endTemporal(record: ProcessIdentity, patienceMs = 5_000): Promise<void> {
  await endProcess(record, [{ signal: 'SIGTERM', patienceMs }]);
}

/** Whether that server serves. */
export async function answers(target: TemporalTarget, timeoutMs: number): Promise<boolean> {
  // gRPC waits a whole second after a refused connection before it tries again.
  if (!(await isServed(target))) return false;
  return withConnection(target, timeoutMs, async () => true).catch(() => false);
}

/** Has the server keep ended runs for so long: it has no flag for it, and its own default is one day. */
export async function keepRuns(target: TemporalTarget, forMs: number): Promise<void> {
  await withConnection(target, 5_000, async (service) => {
    const { config } = await service.describeNamespace({ namespace: 'default' });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === forMs / 1000) return;
    const { msToTs } = await import('@temporalio/common/lib/time.js');
    const workflowExecutionRetentionTtl = msToTs(forMs);
    await service.updateNamespace({ namespace: 'default', config: { workflowExecutionRetentionTtl } });
  });
}

/** Ids of the workflows that are alive and began before that moment. */
export async function runsBefore(target: TemporalTarget, moment: Date): Promise<string[]> {
  const query = `ExecutionStatus = 'Running' AND StartTime < '${moment.toISOString()}'`;
  const ids: string[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const request = { namespace: 'default', query, pageSize: 1000, ...(nextPageToken && { nextPageToken }) };
    const page = await withConnection(target, 30_000, (service) => service.listWorkflowExecutions(request));
    ids.push(...(page.executions ?? []).flatMap(({ execution }) => execution?.workflowId ?? []));
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
  return ids;
}

async function withConnection<Result>(
  target: TemporalTarget,
  timeoutMs: number,
  use: (service: WorkflowService) => Promise<Result>,
): Promise<Result> {
  const { Connection } = await import('@temporalio/client');
  const options = clientOptionsOf(await reachTemporal(target));
  const connection = await Connection.connect({ ...options, connectTimeout: timeoutMs });
  try {
    return await connection.withDeadline(Date.now() + timeoutMs, () => use(connection.workflowService));
  } finally {
    await connection.close();
  }
}

function pinFile(home: GafferHome): string {
  return join(home.path, 'temporal.json');
}
