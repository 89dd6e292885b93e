import { cutOffOrEnded, goesOn } from './standing.ts';
import type { RunEntry } from '../../../../src/client/runs.ts';
import { formatUsd, plural } from '../../../../src/domain/format.ts';

export type BulkAction = 'cancel' | 'pause' | 'resume' | 'retry' | 'remove';

/** What an action does to the runs that were chosen: to which of them, and in words before anybody says yes. */
export interface BulkPlan {
  action: BulkAction;
  /** What it is called on its button. */
  title: string;
  runs: readonly RunEntry[];
  /** What happens, what it costs. */
  what: readonly string[];
  /** Those that it leaves alone, and why; null: none. */
  left: string | null;
}

const titles: Readonly<Record<BulkAction, string>> = {
  ...{ cancel: 'Cancel', pause: 'Pause', resume: 'Resume', retry: 'Retry', remove: 'Remove' },
};

/** @param chosen as the list knows them */
export function planBulk(action: BulkAction, chosen: readonly RunEntry[]): BulkPlan {
  const runs = chosen.filter((run) => fits(action, run));
  const count = chosen.length - runs.length;
  return {
    ...{ action, runs, title: `${titles[action]} ${plural(runs.length, 'run')}` },
    what: wordsOf(action, runs),
    left:
      count === 0 ? null : `${plural(count, 'run')} ${count === 1 ? 'is' : 'are'} left alone: ${leftWords[action]}.`,
  };
}

/** Where runs are laid side by side; `path` null: `why` says why not. */
export function comparePath(chosen: readonly RunEntry[]): { path: string | null; why: string | undefined } {
  if (chosen.length < 2 || chosen.length > 4) return { path: null, why: 'two to four runs can be compared' };
  const query = new URLSearchParams(chosen.map(({ runId }) => ['run', runId]));
  return { path: `/compare?${query.toString()}`, why: undefined };
}

/** What became of one run. */
export interface BulkResult {
  runId: string;
  run: string | null;
  problem: { detail: string } | null;
}

const atOnce = 200;

/**
 * Does it to all that have no result yet, so many at once.
 *
 * @param send does it to a batch; a batch that failed is sent with the same number when it is tried again
 * @param told is told of all that have a result by now, batch by batch
 * @throws what the first batch that fails throws: what was done before stays done
 */
export async function inBatches(
  ids: readonly string[],
  done: readonly BulkResult[],
  send: (batch: readonly string[], number: number) => Promise<readonly BulkResult[]>,
  told: (results: readonly BulkResult[]) => void,
): Promise<readonly BulkResult[]> {
  let all = done;
  // A batch is done as a whole or not at all.
  for (let from = all.length; from < ids.length; from = all.length) {
    all = [...all, ...(await send(ids.slice(from, from + atOnce), from))];
    told(all);
  }
  return all;
}

function fits(action: BulkAction, { status }: RunEntry): boolean {
  if (action === 'retry') return status !== 'succeeded' && status !== 'queued';
  if (action === 'remove') return cutOffOrEnded(status);
  if (action === 'resume') return goesOn(status) && ['paused', 'pausing', 'waiting'].includes(status);
  if (action === 'pause') return goesOn(status) && !['paused', 'pausing', 'queued'].includes(status);
  return goesOn(status);
}

const leftWords: Readonly<Record<BulkAction, string>> = {
  cancel: 'ended already',
  pause: 'nothing of it is running',
  resume: 'it does not stand still',
  retry: 'nothing failed in it',
  remove: 'still open; cancel it first',
};

function wordsOf(action: BulkAction, runs: readonly RunEntry[]): string[] {
  const spent = formatUsd(runs.reduce((sum, { costUsd }) => sum + costUsd, 0));
  const open = runs.filter(({ status }) => goesOn(status)).length;
  switch (action) {
    case 'cancel':
      return [
        'What is in flight is stopped, what can be undone is undone, and they end as cancelled. A cancelled run can be retried, not resumed.',
        `What they have spent stays spent: ${spent} so far.`,
      ];
    case 'pause':
      return ['Calls in flight still end and are paid; nothing new begins until they are resumed.'];
    case 'resume':
      return ['They run on, and spend again, within their own limits.'];
    case 'retry':
      return [
        ...(open > 0
          ? [`In ${plural(open, 'run')} that ${open === 1 ? 'is' : 'are'} open, what failed is retried in place.`]
          : []),
        ...(runs.length > open
          ? [`For ${plural(runs.length - open, 'run')} that ended a new run begins, under the same limits.`]
          : []),
        `What succeeded is taken over and not paid again; what failed is. All of it cost ${spent} before.`,
      ];
    case 'remove':
      return ['Their events, transcripts and results are gone for good. Files that they changed stay.'];
  }
}
