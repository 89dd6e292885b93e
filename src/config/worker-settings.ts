import { isIP } from 'node:net';
import { fitTuning, type WorkerTuning } from '../domain/run/worker-tuning.ts';
import { ConfigError, type Environment } from './environment.ts';

/** What the environment says of workers that run by themselves. */
export interface WorkerConfig {
  tuning: WorkerTuning;
  /** `host:port` for Prometheus; null: no metrics. */
  metricsAddress: string | null;
  /** Whether the SDK's log goes to standard output, as lines of JSON. */
  logsToStdout: boolean;
  /** How the service and its worker say what they do (`GAFFER_LOG_FORMAT`): in words for people, or as lines of JSON on standard output. */
  logFormat: 'text' | 'json';
}

const tuningNames: Readonly<Record<keyof WorkerTuning, string>> = {
  activities: 'GAFFER_WORKER_ACTIVITIES',
  tools: 'GAFFER_WORKER_TOOLS',
  workflowTasks: 'GAFFER_WORKER_WORKFLOW_TASKS',
  pollers: 'GAFFER_WORKER_POLLERS',
  cachedWorkflows: 'GAFFER_WORKER_CACHE',
  connections: 'GAFFER_DATABASE_CONNECTIONS',
  jobsPerSecond: 'GAFFER_QUEUE_JOBS_PER_SECOND',
  targetMemory: 'GAFFER_WORKER_MEMORY',
  targetCpu: 'GAFFER_WORKER_CPU',
};

/** Which variable says it. */
export function tuningVariable(key: keyof WorkerTuning): string {
  return tuningNames[key];
}

/**
 * What the environment says of workers, with everything that it says fitting together.
 *
 * @throws ConfigError or UsageError naming the variable
 */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  const tuning: WorkerTuning = {};
  for (const [key, name] of Object.entries(tuningNames) as [keyof WorkerTuning, string][]) {
    const text = environment[name]?.trim();
    if (!text) continue;
    const value = toNumber(text);
    if (value === null) throw new ConfigError(name, `"${text}" is no number`);
    tuning[key] = value;
  }
  fitTuning(tuning, tuningVariable);
  const metrics = environment['GAFFER_METRICS']?.trim() ?? '';
  const log = environment['GAFFER_WORKER_LOG']?.trim() ?? '';
  if (!['', 'file', 'stdout'].includes(log)) throw new ConfigError('GAFFER_WORKER_LOG', 'must be file or stdout');
  const format = environment['GAFFER_LOG_FORMAT']?.trim() ?? '';
  if (!['', 'text', 'json'].includes(format)) throw new ConfigError('GAFFER_LOG_FORMAT', 'must be text or json');
  return {
    tuning,
    metricsAddress: metrics === '' ? null : readListenAddress(metrics, 'GAFFER_METRICS'),
    logsToStdout: log === 'stdout' || (log === '' && format === 'json'),
    logFormat: format === 'json' ? 'json' : 'text',
  };
}

/** A number as people write it, `80%` too; null: it is none. */
export function toNumber(text: string): number | null {
  const [, digits, percent] = /^(\d{1,9}(?:\.\d{1,6})?)(%?)$/.exec(text.replaceAll('_', '')) ?? [];
  if (digits === undefined) return null;
  return percent ? Number(digits) / 100 : Number(digits);
}

/** `PORT` of this machine alone, or `IP:PORT`. @throws ConfigError naming what said it */
export function readListenAddress(text: string, name: string): string {
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d{1,5})$/.exec(text.replace(/^localhost:/, '127.0.0.1:')) ?? [];
  if (port === undefined || Number(port) > 65_535 || isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0) {
    throw new ConfigError(name, `"${text}" must be a port, which only this machine reaches, or IP:PORT`);
  }
  return `${host}:${port}`;
}
