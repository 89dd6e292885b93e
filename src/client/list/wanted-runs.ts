import { checkLabels } from '../../domain/run-labels.ts';
import { UsageError } from '../../domain/errors.ts';
import { runStatuses, type RunStatus } from '../../domain/run/run-result.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunWhere } from '../../store/run/run-pages.ts';
import type { Session } from '../connection/session.ts';
import { cutOffStatuses } from '../errors.ts';
import type { RunEntry, RunFilter } from '../runs.ts';

/** What an entry's `status` can be. */
const entryStatuses: readonly string[] = [...new Set([...runStatuses, 'parked', ...cutOffStatuses])];

const openStatuses = entryStatuses.filter((status) => status === 'parked' || isOpen(status));
/** Words that stand for several. */
const groups: Readonly<Record<string, readonly string[]>> = {
  open: openStatuses,
  ended: entryStatuses.filter((status) => !openStatuses.includes(status)),
  attention: [],
};

/** What a list's `status` can be asked for. */
export const statusWords: readonly string[] = [...entryStatuses, ...Object.keys(groups)];

const longestSearch = 200;
const mostWords = 8;
/** Waits that are looked through for what needs attention. */
const mostWaits = 1000;

/** What of the runs somebody wants to see. */
export interface Wanted {
  /** What the store looks for: perhaps more than what is wanted, as it hears neither of a worker that is gone nor of Temporal's own word. */
  where: RunWhere;
  /** Whether what the store finds may be something else. */
  isLoose: boolean;
  /** Whether runs that are to start later can be among them. */
  hasQueued: boolean;
  fits: (run: { status: string; runKey?: string }) => boolean;
  /** Whether a run fits that the store does not have. */
  fitsQueued: (run: RunEntry) => boolean;
}

/** @throws UsageError for what cannot be meant */
export async function wantedOf(session: Pick<Session, 'store'>, filter: RunFilter): Promise<Wanted> {
  const words = searchWords(filter.search);
  const { workflow, schedule } = filter;
  const where: RunWhere = {
    ...(workflow !== undefined && { workflow }),
    ...(schedule !== undefined && { schedule }),
    ...(filter.labels && Object.keys(filter.labels).length > 0 && { labels: checkLabels(filter.labels) }),
    ...(words.length > 0 && { words }),
    ...timesOf(filter),
  };
  const statuses = statusesOf(filter.status);
  const isQueuedWanted = statuses === null || statuses.has('queued');
  const fitsQueued = (run: RunEntry): boolean => isQueuedWanted && fitsWhere(run, where);
  if (statuses === null) return { where, isLoose: false, hasQueued: true, fits: () => true, fitsQueued };
  const keys = asked(filter.status).includes('attention') ? await waitingKeys(session) : null;
  const stored = storedAs(statuses);
  return {
    where: {
      ...where,
      statuses: stored,
      ...(keys && { runKeys: [...keys] }),
      ...(stored.every(isOpen) && { hasEnded: false }),
    },
    isLoose: keys !== null || stored.some(isOpen),
    hasQueued: isQueuedWanted,
    fits: ({ status, runKey }) =>
      statuses.has(status) || (keys?.has(runKey ?? '') === true && !cutOffStatuses.includes(status)),
    fitsQueued,
  };
}

function isOpen(status: string): boolean {
  return runStatuses.some((each) => each === status && !hasEnded(each));
}

function asked(status: RunFilter['status']): readonly string[] {
  return typeof status === 'string' ? [status] : (status ?? []);
}

/** Null: any. @throws UsageError when there is no such status */
function statusesOf(status: RunFilter['status']): ReadonlySet<string> | null {
  const words = asked(status);
  if (words.length === 0) return null;
  const unknown = words.find((word) => !statusWords.includes(word));
  if (unknown !== undefined)
    throw new UsageError(`there is no status "${unknown}" of a run: ${statusWords.join(', ')}.`);
  return new Set(words.flatMap((word) => groups[word] ?? [word]));
}

function storedAs(statuses: ReadonlySet<string>): RunStatus[] {
  const isOfOthers = [...statuses].some((status) => status === 'parked' || cutOffStatuses.includes(status));
  return runStatuses.filter((status) => statuses.has(status) || (isOfOthers && !hasEnded(status)));
}

async function waitingKeys({ store }: Pick<Session, 'store'>): Promise<ReadonlySet<string>> {
  const rows = await store.runs.waiting(mostWaits);
  return new Set(rows.flatMap(({ runKey, isForPerson }) => (isForPerson ? [runKey] : [])));
}

/** @throws UsageError */
function searchWords(search = ''): string[] {
  const words = search.split(/\s+/).filter((word) => word !== '');
  if (search.length > longestSearch || words.length > mostWords)
    throw new UsageError(`\`search\` has at most ${mostWords} words and ${longestSearch} characters.`);
  return words;
}

/** @throws UsageError */
function timesOf({ since, until }: RunFilter): Pick<RunWhere, 'since' | 'until'> {
  return {
    ...(since !== undefined && { since: toTime('since', since) }),
    ...(until !== undefined && { until: toTime('until', until) }),
  };
}

function toTime(name: string, given: Date | string): string {
  const time = new Date(given);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new UsageError(`\`${name}\` is no time: give a Date, or ISO 8601 with its zone.`);
}

function fitsWhere(run: RunEntry, { workflow, schedule, labels = {}, words = [], since, until }: RunWhere): boolean {
  const text = [run.runId, run.workflow, ...Object.entries(run.labels ?? {}).map((pair) => pair.join('='))]
    .join('\n')
    .toLowerCase();
  return (
    (workflow === undefined || run.workflow === workflow) &&
    (schedule === undefined || run.schedule === schedule) &&
    Object.entries(labels).every(([key, value]) => run.labels?.[key] === value) &&
    words.every((word) => text.includes(word.toLowerCase())) &&
    (since === undefined || run.startedAt >= since) &&
    (until === undefined || run.startedAt < until)
  );
}
