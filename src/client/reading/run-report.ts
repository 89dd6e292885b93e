import type { Session } from '../connection/session.ts';
import { createRun } from '../create-run.ts';
import { findRun } from '../follow/find-run.ts';
import { standingOf } from '../follow/standing.ts';
import { toRunView } from '../follow/to-run-view.ts';
import { diffOf, type BranchDiff } from '../merge/run-branches.ts';
import { reportLines } from './report-lines.ts';

/** Of more branches than these nobody reads what each changed, and git would take long to say it. */
const mostCompared = 50;

/** A run as a report in Markdown, with what became of its branches. @throws RunNotFoundError */
export async function runReport(session: Session, runId: string): Promise<string> {
  const row = await findRun(session, runId);
  const standing = await standingOf(session, createRun(session, row));
  const branches = standing.state.coding ? await session.store.runs.mergeBranches(row.runKey) : [];
  const diffs: BranchDiff[] = [];
  for (const branch of branches.slice(0, mostCompared)) diffs.push(await diffOf(branch));
  const about = { gates: standing.state.coding?.gates ?? [], diffs };
  return `${reportLines(toRunView(standing, Date.now()), about).join('\n')}\n`;
}
