import { createWriteStream } from 'node:fs';
import type { MetricMeter } from '@temporalio/common';
import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import { UsageError } from '../domain/errors.ts';
import { workOfChild } from '../domain/ids/child-id.ts';
import { toLogLine } from '../host/log/log-lines.ts';
import { histogramBuckets } from './metrics/measured-spans.ts';
import type { WorkerSettings } from './settings.ts';

/** What of a worker is of the whole process: the SDK has one runtime. */
export type RuntimeSettings = Pick<WorkerSettings, 'logFile' | 'logsToStdout' | 'metricsAddress'>;

let isInstalled = false;
let hasMetrics = false;

/**
 * Installs the SDK's runtime, once: the first worker of a process says where its log and its metrics go.
 *
 * @returns what measures for those metrics; null: they go nowhere
 * @throws UsageError when metrics cannot be had at that address
 */
export function installRuntime(settings: RuntimeSettings): MetricMeter | null {
  install(settings);
  return hasMetrics ? Runtime.instance().metricMeter : null;
}

function install({ logFile, logsToStdout = false, metricsAddress = null }: RuntimeSettings): void {
  if (isInstalled) return;
  hasMetrics = metricsAddress !== null;
  const level = logsToStdout ? 'INFO' : 'WARN';
  const logger = new DefaultLogger(level, logsToStdout ? toStdout : toFile(logFile));
  const metrics =
    metricsAddress === null
      ? {}
      : { metrics: { prometheus: { bindAddress: metricsAddress, histogramBucketOverrides: histogramBuckets } } };
  try {
    Runtime.install({
      logger,
      telemetryOptions: { logging: { forward: {}, filter: level }, ...metrics },
      shutdownSignals: [],
    });
  } catch (error) {
    if (metricsAddress === null) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`metrics cannot be had at ${metricsAddress}: ${reason}`, { cause: error });
  }
  isInstalled = true;
}

// In a container: one JSON object a line, for whatever collects them.
function toStdout({ level, message, meta, timestampNanos }: LogEntry): void {
  process.stdout.write(
    toLogLine({ level, message, at: timeOf(timestampNanos) }, { ...subjectOf(meta), ...plain(meta) }),
  );
}

// On a terminal it would tear the live area apart.
function toFile(logFile: string | null): (entry: LogEntry) => void {
  const stream = logFile === null ? null : createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  stream?.on('error', () => undefined);
  return ({ level, message, meta, timestampNanos }) => {
    const { error = '', ...rest } = plain(meta);
    stream?.write(
      `${timeOf(timestampNanos).toISOString()} ${level} ${message} ${JSON.stringify(rest)} ${String(error)}\n`,
    );
  };
}

function timeOf(timestampNanos: bigint): Date {
  return new Date(Number(timestampNanos / 1_000_000n));
}

// The workflow of a run has its id; that of an attempt has the task's behind it.
function subjectOf(meta: LogEntry['meta']): { run?: string; task?: string } {
  const id: unknown =
    meta?.['workflowId'] ?? (meta?.['workflowExecution'] as { workflowId?: string } | undefined)?.workflowId;
  if (typeof id !== 'string') return {};
  const run = id.split('/', 1)[0]!;
  return { run, ...(run !== id && { task: workOfChild(id) }) };
}

// An error has nothing that JSON would show.
function plain(meta: LogEntry['meta']): Record<string, unknown> {
  const error = meta?.['error'] as Error | undefined;
  return { ...meta, ...(error && { error: error.stack ?? String(error) }) };
}
