/*
 * Many runs of one workflow:
 * B1 Its place gives each run its id, and labels say whose it is: whoever starts the bulk again finds what was started, and starts the rest.
 * B2 At most so many are open at a time; the next one starts when one ends. One that waits for a person is open.
 * B3 Nothing starts while anything is wrong with any of them.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../domain/errors.ts';
import { fingerprint } from '../../domain/fingerprint.ts';
import type { JsonObject } from '../../domain/json.ts';
import { bulkLabel } from '../../domain/run-labels.ts';
import { RunCutOffError, RunExistsError } from '../errors.ts';
import type { Run } from '../run.ts';
import type { RunEntry, Runs } from '../runs.ts';
import type { StartOptions } from '../start-options.ts';
import type { ManyReport, ManyRun, StartManyOptions } from './many.ts';
import { ManyStanding } from './many-standing.ts';

/** What starts them and finds them again. */
export interface ManyStarter extends Pick<Runs, 'start' | 'find' | 'page'> {
  /** Tells now and then how many it has checked. @throws DefinitionError for what is wrong with one of them */
  check(all: readonly StartOptions[], tell: (checked: number) => void): Promise<void>;
  /** Goes on with one that was started before and that nobody works on. Asked for one at a time. */
  takeUp(run: Run): Promise<void>;
}

const usualParallel = 20;
const mostParallel = 1000;

interface Line {
  line: number;
  runId: string;
  options: StartOptions;
}

/** Starts those that are not there yet, and waits for all. @throws DefinitionError, UsageError; what ends the waiting for any */
export async function startMany(runs: ManyStarter, options: StartManyOptions): Promise<ManyReport> {
  const { id, parallel = usualParallel, onProgress = () => undefined, signal } = options;
  if (!Number.isInteger(parallel) || parallel < 1 || parallel > mostParallel)
    throw new UsageError(`\`parallel\` is ${parallel}: it must be a whole number from 1 to ${mostParallel}.`);
  const lines = toLines(options);
  const none = { total: lines.length, open: 0, succeeded: 0, failed: 0, costUsd: 0, leftMs: null };
  await runs.check(
    lines.map((each) => each.options),
    (checked) => onProgress({ ...none, checked }),
  ); // B3
  const before = await startedBefore(runs, id);
  for (const line of lines) refuseOther(line, before.get(line.runId));
  const standing = new ManyStanding(id, lines, onProgress);
  const stop = new AbortController();
  const ends = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  // Each that is open hears it.
  setMaxListeners(parallel + 1, ends);
  const todo = lines.values();
  const lane = async (): Promise<void> => {
    for (const line of todo) {
      if (ends.aborted) return;
      await take(runs, line, { entry: before.get(line.runId), standing, ends });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, lines.length) }, lane)); // B2
  } finally {
    stop.abort();
  }
  return standing.report();
}

function toLines({
  id,
  each,
  inputs: common = {},
  labels = {},
  eachFile: _file,
  parallel: _parallel,
  onProgress: _hear,
  signal: _signal,
  ...source
}: StartManyOptions): Line[] {
  if (each.length === 0) throw new UsageError('`each` is empty: it has the inputs of each run.');
  return each.map((own, index) => {
    const [line, inputs] = [index + 1, { ...common, ...own }];
    const marks = { [bulkLabel]: id, [lineLabel]: `${line}`, [inputsLabel]: printOf(inputs) };
    const runId = `${id}-${line}`;
    return { line, runId, options: { ...source, id: runId, inputs, labels: { ...labels, ...marks } } };
  });
}

const lineLabel = 'bulk-line';
const inputsLabel = 'bulk-inputs';

function printOf(inputs: JsonObject): string {
  return fingerprint(JSON.stringify(inputs));
}

/** What was started of it (B1), and whatever else has an id like its runs', by id. */
async function startedBefore({ page }: ManyStarter, id: string): Promise<Map<string, RunEntry>> {
  const found = new Map<string, RunEntry>();
  let cursor: string | null | undefined;
  do {
    const { runs, next } = await page({ search: `${id}-`, limit: 200, ...(cursor && { cursor }) });
    for (const entry of runs) found.set(entry.runId, entry);
    cursor = next;
  } while (cursor);
  return found;
}

// B1: also somebody else's run may have that id, and so may a line of another file.
function refuseOther({ line, runId, options: { labels = {} } }: Line, entry: RunEntry | undefined): void {
  if (!entry) return;
  const isSame = (label: string): boolean => entry.labels?.[label] === labels[label];
  if (!isSame(bulkLabel) || !isSame(lineLabel))
    throw new UsageError(`there is already a run ${runId} that is none of this bulk: choose another id.`);
  if (isSame(inputsLabel)) return;
  throw new UsageError(
    `${runId} was started with other inputs than line ${line} has now: give the lines as they were, or another id.`,
  );
}

async function take(
  runs: ManyStarter,
  line: Line,
  { entry, standing, ends }: { entry: RunEntry | undefined; standing: ManyStanding; ends: AbortSignal },
): Promise<void> {
  if (entry?.endedAt) {
    const { status, reason, costUsd, isUncounted, totalTokens, durationMs } = entry;
    const end = { status, reason, costUsd, ...(isUncounted && { isUncounted }), totalTokens, durationMs };
    return standing.ended(line.line, end, false);
  }
  const run = entry ? await found(runs, entry.runId) : await startOrFind(runs, line);
  standing.begun(line.line);
  const end = await unlessAborted(endOf(run), ends);
  if (end) standing.ended(line.line, end, true);
}

// Somebody may have started it since the list was made, or in the moment before he was killed.
async function startOrFind(runs: ManyStarter, line: Line): Promise<Run> {
  try {
    return await runs.start(line.options);
  } catch (error) {
    if (!(error instanceof RunExistsError)) throw error;
    const entry = await untilListed(runs, line.runId);
    if (!entry) throw error;
    refuseOther(line, entry);
    return found(runs, line.runId);
  }
}

/** A run that has just been started is listed once it has begun. */
const [mostLooks, lookMs] = [60, 500];

async function untilListed({ page }: ManyStarter, runId: string): Promise<RunEntry | undefined> {
  for (let looks = 0; looks < mostLooks; looks++) {
    const { runs } = await page({ search: runId, limit: 200 });
    const entry = runs.find((each) => each.runId === runId);
    if (entry) return entry;
    await sleep(lookMs);
  }
  return undefined;
}

async function found(runs: ManyStarter, runId: string): Promise<Run> {
  const run = await runs.find(runId);
  await runs.takeUp(run);
  return run;
}

/** How a run ended. */
type End = Omit<ManyRun, 'line' | 'runId'>;

async function endOf(run: Run): Promise<End> {
  try {
    const { status, reason, summary } = await run.result();
    const { costUsd, uncountedCalls, totalTokens, totalDuration: durationMs } = summary;
    return { status, reason, costUsd, ...(uncountedCalls && { isUncounted: true }), totalTokens, durationMs };
  } catch (error) {
    if (!(error instanceof RunCutOffError)) throw error;
    return { status: error.status, reason: error.message, costUsd: 0, totalTokens: 0, durationMs: 0 };
  }
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | null> {
  return new Promise((resolve, reject) => {
    const leave = (): void => resolve(null);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
