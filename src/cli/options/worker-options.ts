import { readListenAddress, toNumber, tuningVariable, type WorkerConfig } from '../../config/worker-settings.ts';
import { UsageError } from '../../domain/errors.ts';
import { fitTuning, type WorkerTuning } from '../../domain/run/worker-tuning.ts';

/** What the command line says of a worker, as it was written. */
export interface WorkerSizeOptions {
  activities?: string;
  tools?: string | undefined;
  workflowTasks?: string;
  pollers?: string;
  cache?: string;
  connections?: string;
  jobsPerSecond?: string;
  memory?: string;
  cpu?: string;
  metrics?: string;
  log?: string;
}

const flags: Readonly<Record<keyof WorkerTuning, Exclude<keyof WorkerSizeOptions, 'metrics' | 'log'>>> = {
  activities: 'activities',
  tools: 'tools',
  workflowTasks: 'workflowTasks',
  pollers: 'pollers',
  cachedWorkflows: 'cache',
  connections: 'connections',
  jobsPerSecond: 'jobsPerSecond',
  targetMemory: 'memory',
  targetCpu: 'cpu',
};

/** What `--tools` says: a number is how many at once, as it was before there were modules; anything else a module. */
export function toolWords(words: readonly string[] = []): { count: string | undefined; modules: string[] } {
  const isCount = (word: string): boolean => /^-?\d+(\.\d+)?$/.test(word);
  return { count: words.findLast(isCount), modules: words.filter((word) => !isCount(word)) };
}

/** The one size that every verb with a worker has. */
export function pickMetrics({ metrics }: { metrics?: string }): WorkerSizeOptions {
  return metrics === undefined ? {} : { metrics };
}

/** How a worker is set up: what the command line says, over what the environment says. @throws UsageError naming the option or variable */
export function readWorkerOptions(options: WorkerSizeOptions, config: WorkerConfig): WorkerConfig {
  const tuning = { ...config.tuning };
  for (const [key, flag] of Object.entries(flags) as [keyof WorkerTuning, keyof WorkerSizeOptions][]) {
    const text = options[flag];
    if (text === undefined) continue;
    const value = toNumber(text);
    if (value === null) throw new UsageError(`${optionName(flag)} "${text}" is no number.`);
    tuning[key] = value;
  }
  fitTuning(tuning, (key) => (options[flags[key]] === undefined ? tuningVariable(key) : optionName(flags[key])));
  const { metrics, log } = options;
  if (log !== undefined && log !== 'file' && log !== 'stdout') throw new UsageError(`--log "${log}": file or stdout.`);
  return {
    tuning,
    metricsAddress: metrics === undefined ? config.metricsAddress : readListenAddress(metrics, '--metrics'),
    logsToStdout: log === undefined ? config.logsToStdout : log === 'stdout',
    logFormat: config.logFormat,
  };
}

function optionName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
