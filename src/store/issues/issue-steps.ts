import { isCreator, isMine, lockIssue, notYours, wrongStatus } from './issue-access.ts';
import type { IssueStep } from './issue-changes.ts';
import { commentIssue } from './issue-changes.ts';
import { changeIssue, findIssue, isUnhindered, IssueError } from './issues.ts';
import type { Issue, IssueActor } from './issues.ts';
import type { Sql } from '../database/sql.ts';

/**
 * Takes an issue for the actor; without a number the most urgent one that is ready. Of many at once exactly one gets it (I1).
 *
 * @returns the issue, and whether it was taken just now (false: it was the actor's already)
 * @throws IssueError `taken`, `waits`, `wrong-status`, `not-found`, or `nothing-ready`
 */
export async function claimIssue(
  sql: Sql,
  board: string,
  actor: IssueActor,
  number?: number,
): Promise<{ issue: Issue; isNew: boolean }> {
  const wanted = number ?? (await nextReady(sql, board));
  const { rowCount } = await sql.query(
    `update issues i set status = 'claimed', assignee = $3, assignee_run = $4, updated_at = now()
     where i.board = $1 and i.number = $2 and i.status = 'open' and ${isUnhindered}`,
    [board, wanted, actor.name, actor.runKey],
  );
  if (rowCount === 1) return { issue: await findIssue(sql, board, wanted), isNew: true };
  const issue = await lockIssue(sql, board, wanted);
  if (issue.status === 'claimed' && isMine(issue, actor))
    return { issue: await findIssue(sql, board, wanted), isNew: false };
  if (issue.status === 'claimed') {
    throw new IssueError('taken', `issue #${wanted} is claimed by ${issue.assignee}: claim another one`);
  }
  if (issue.status !== 'open') throw wrongStatus(issue, 'claimed', 'claim an open one');
  const { waitsFor } = await findIssue(sql, board, wanted);
  const others = waitsFor.map((other) => `#${other}`).join(', ');
  throw new IssueError(
    'waits',
    `issue #${wanted} waits for ${others}, not closed yet: claim one of those, or another one`,
  );
}

// "skip locked" lets several claims at once each find another issue instead of queueing for the same one.
async function nextReady(sql: Sql, board: string): Promise<number> {
  const { rows } = await sql.query<{ number: number }>(
    `select i.number from issues i where i.board = $1 and i.status = 'open' and ${isUnhindered}
     order by i.priority, i.number limit 1 for no key update skip locked`,
    [board],
  );
  if (!rows[0])
    throw new IssueError('nothing-ready', 'no issue is ready to be claimed: list shows what the open ones wait for');
  return rows[0].number;
}

/**
 * Says that the actor cannot go on with an issue (I2).
 *
 * @throws IssueError `not-found`, `wrong-status` or `not-yours`
 */
export async function blockIssue(sql: Sql, step: IssueStep, reason: string): Promise<Issue> {
  const { board, actor, number } = step;
  const issue = await lockIssue(sql, board, number);
  if (issue.status !== 'claimed') throw wrongStatus(issue, 'blocked', 'only a claimed issue can be; claim it first');
  if (!isMine(issue, actor)) throw notYours(issue, 'block');
  const blocked = await changeIssue(
    sql,
    `update issues i set status = 'blocked', block_reason = $3, answer = null, updated_at = now() where board = $1 and number = $2`,
    [board, number, reason],
  );
  await commentIssue(sql, step, reason, 'blocked');
  return blocked;
}

/**
 * Answers what blocked an issue; it goes back to who claimed it, or into the queue (I3).
 *
 * @throws IssueError `not-found` or `wrong-status`
 */
export async function unblockIssue(sql: Sql, step: IssueStep, answer: string): Promise<Issue> {
  const { board, number } = step;
  const issue = await lockIssue(sql, board, number);
  if (issue.status !== 'blocked') throw wrongStatus(issue, 'unblocked', 'only a blocked issue can be');
  const unblocked = await changeIssue(
    sql,
    `update issues i set status = case when assignee is null then 'open' else 'claimed' end, answer = $3, updated_at = now()
     where board = $1 and number = $2`,
    [board, number, answer],
  );
  await commentIssue(sql, step, answer, 'unblocked');
  return unblocked;
}

/**
 * Ends an issue with its result (I4).
 *
 * @throws IssueError `not-found`, `wrong-status` or `not-yours`
 */
export async function closeIssue(sql: Sql, step: IssueStep, result: string): Promise<Issue> {
  const { board, actor, number } = step;
  const issue = await lockIssue(sql, board, number);
  if (issue.status === 'closed') throw wrongStatus(issue, 'closed again', 'comment on it');
  if (!isMine(issue, actor) && !isCreator(issue, actor) && actor.runKey !== null) throw notYours(issue, 'close');
  const closed = await changeIssue(
    sql,
    `update issues i set status = 'closed', result = $3, closed_at = now(), updated_at = now() where board = $1 and number = $2`,
    [board, number, result],
  );
  await commentIssue(sql, step, result, 'closed');
  return closed;
}

/** Puts what a run had claimed back into the queue, for others to take: for a run that is over. @returns how many */
export async function releaseClaims(sql: Sql, runKey: string): Promise<number> {
  const { rowCount } = await sql.query(
    `update issues set status = 'open', assignee = null, assignee_run = null, updated_at = now()
     where assignee_run = $1 and status = 'claimed'`,
    [runKey],
  );
  return rowCount ?? 0;
}
