import { UsageError } from '../errors.ts';

/*
 * How much a worker does at once. What is not said is fitted to what is:
 * T1 A poller asks for a free place, so there are never more of them than places.
 * T2 A step needs the database for moments: a connection for five steps, a fifth of them kept for what must be written down.
 * T3 Fewer workflows in memory than are decided at once, and the SDK puts aside what is under way (docs/decisions/0028).
 * T4 Places are a number, or go by the machine's load: not both.
 */

/** What whoever starts a worker says of it; left out is fitted. */
export interface WorkerTuning {
  /** Steps at once (calls of models, writes); default: 100. */
  activities?: number;
  /** Tools at once, in the workspaces of this host; default: as `activities`. */
  tools?: number;
  /** Workflows that are decided at once; default: 40. */
  workflowTasks?: number;
  /** Questions for work that are open at once, for each kind; default: 10, and never more than places. */
  pollers?: number;
  /** Workflows kept in memory; 0 replays at every step. Default: as many as the heap takes, at least 10. */
  cachedWorkflows?: number;
  /** Connections to the database; default: a fifth of the steps, from 8 to 50. */
  connections?: number;
  /** Steps and tools that the server hands out a second on each queue, to all its workers together; default: no limit. */
  jobsPerSecond?: number;
  /** Takes steps and tools up to this share of the machine's memory (0.1 to 0.95), instead of numbers; with `targetCpu`. */
  targetMemory?: number;
  /** The same of its processors. Default of either, when the other is given: 0.8 and 0.9. */
  targetCpu?: number;
}

/** The same, with everything that is not the SDK's own default. */
export interface FittedTuning {
  /** Null: by load. */
  places: { activities: number; tools: number; workflowTasks: number } | null;
  load: { targetMemory: number; targetCpu: number } | null;
  pollers: { activities: number; tools: number; workflowTasks: number };
  cachedWorkflows: number | null;
  /** Null: no limit. */
  jobsPerSecond: number | null;
  connections: { maxConnections: number; keptForCommits: number };
}

type Key = keyof WorkerTuning;

const bounds: Readonly<Record<Key, readonly [least: number, most: number]>> = {
  activities: [1, 5000],
  tools: [1, 5000],
  workflowTasks: [2, 1000],
  pollers: [1, 100],
  cachedWorkflows: [0, 100_000],
  connections: [2, 1000],
  jobsPerSecond: [0.01, 100_000],
  targetMemory: [0.1, 0.95],
  targetCpu: [0.1, 1],
};
const placeKeys = ['activities', 'tools', 'workflowTasks'] as const;
const leastCached = 10;
const usual = { activities: 100, workflowTasks: 40, pollers: 10, targetMemory: 0.8, targetCpu: 0.9 };

/**
 * Fits what is not said to what is. `nameOf` is what a setting is called by whoever gave it.
 *
 * @throws UsageError when a value cannot be meant, or two do not fit each other
 */
export function fitTuning(given: WorkerTuning, nameOf: (key: Key) => string = (key) => key): FittedTuning {
  for (const key of Object.keys(bounds) as Key[]) checkBounds(key, given[key], nameOf);
  checkTogether(given, nameOf);
  const activities = given.activities ?? usual.activities;
  const places = {
    activities,
    tools: given.tools ?? activities,
    workflowTasks: given.workflowTasks ?? usual.workflowTasks,
  };
  const byLoad = given.targetMemory !== undefined || given.targetCpu !== undefined;
  const pollersFor = (free: number): number => Math.min(given.pollers ?? usual.pollers, free); // T1
  const all = given.connections ?? Math.min(50, Math.max(8, Math.ceil(Math.max(activities, places.tools) / 5))); // T2
  return {
    places: byLoad ? null : places,
    load: byLoad
      ? { targetMemory: given.targetMemory ?? usual.targetMemory, targetCpu: given.targetCpu ?? usual.targetCpu }
      : null,
    pollers: {
      activities: pollersFor(places.activities),
      tools: pollersFor(places.tools),
      workflowTasks: Math.max(2, pollersFor(places.workflowTasks)),
    },
    cachedWorkflows: given.cachedWorkflows ?? null,
    jobsPerSecond: given.jobsPerSecond ?? null,
    connections: { maxConnections: all, keptForCommits: Math.max(1, Math.floor(all / 5)) },
  };
}

function checkBounds(key: Key, value: number | undefined, nameOf: (key: Key) => string): void {
  if (value === undefined) return;
  const [least, most] = bounds[key];
  const isWhole = Number.isInteger(least) ? Number.isInteger(value) : Number.isFinite(value);
  if (isWhole && value >= least && value <= most) return;
  const kind = Number.isInteger(least) ? 'a whole number' : most > 1 ? 'a number' : 'a share';
  throw new UsageError(`${nameOf(key)} is ${value}: it must be ${kind} from ${least} to ${most}.`);
}

function checkTogether(given: WorkerTuning, nameOf: (key: Key) => string): void {
  const load = (['targetMemory', 'targetCpu'] as const).find((key) => given[key] !== undefined);
  const place = placeKeys.find((key) => given[key] !== undefined);
  if (load && place) {
    throw new UsageError(
      `${nameOf(place)} and ${nameOf(load)} do not go together: give numbers, or shares of the machine.`,
    );
  }
  const { cachedWorkflows, workflowTasks = 0 } = given;
  if (cachedWorkflows === undefined || cachedWorkflows === 0) return;
  const needed = Math.max(leastCached, workflowTasks);
  if (cachedWorkflows >= needed) return;
  const why =
    needed === leastCached
      ? `it must be 0, or at least ${leastCached}`
      : `${nameOf('workflowTasks')} is ${workflowTasks}, and it must be no less`;
  throw new UsageError(`${nameOf('cachedWorkflows')} is ${cachedWorkflows}: ${why}.`);
}
