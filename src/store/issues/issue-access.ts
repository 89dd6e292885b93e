/*
 * Who may do what to an issue:
 * I1 Anybody may claim what is open and waits for nothing, in one statement, so that exactly one of many wins.
 * I2 Only who claimed it may block it. It stays theirs while it is blocked.
 * I3 Anybody on the board may answer (unblock) or comment: both carry the name of who did.
 * I4 Who claimed it or who created it may close it; a person (no run) may too. Unclaimed and somebody else's: claim it first.
 * I5 Who claimed or created it may change it, and anybody while nobody has claimed it. A closed one only takes comments.
 * I6 "Who" is a context of one run: the same name in another run is somebody else.
 *
 * Every change expects an open transaction and throws before it has written anything.
 */
import { IssueError } from './issues.ts';
import type { IssueActor, IssueStatus } from './issues.ts';
import type { Sql } from '../database/sql.ts';

/** What decides who may do what to an issue. */
export interface LockedIssue {
  number: number;
  status: IssueStatus;
  assignee: string | null;
  assigneeRun: string | null;
  createdBy: string | null;
  createdByRun: string | null;
}

/** Locks an issue until the end of the transaction, so that what is checked stays true. @throws IssueError `not-found` */
export async function lockIssue(sql: Sql, board: string, number: number): Promise<LockedIssue> {
  const { rows } = await sql.query<LockedIssue>(
    `select number, status, assignee, assignee_run as "assigneeRun", created_by as "createdBy", created_by_run as "createdByRun"
     from issues where board = $1 and number = $2 for no key update`,
    [board, number],
  );
  if (!rows[0]) throw new IssueError('not-found', `there is no issue #${number}: list shows those there are`);
  return rows[0];
}

/** Whether the actor has claimed it. Imported claims know no run: they belong to whoever bears the name. */
export function isMine(issue: LockedIssue, actor: IssueActor): boolean {
  return issue.assignee === actor.name && (issue.assigneeRun === null || issue.assigneeRun === actor.runKey);
}

/** Whether the actor has created it. */
export function isCreator(issue: LockedIssue, actor: IssueActor): boolean {
  return issue.createdBy === actor.name && issue.createdByRun === actor.runKey;
}

/** The error for a step that is not the actor's to take. */
export function notYours(issue: LockedIssue, verb: string): IssueError {
  const owner =
    issue.assignee === null ? 'nobody has claimed it: claim it first' : `it is claimed by ${issue.assignee}`;
  return new IssueError('not-yours', `you cannot ${verb} issue #${issue.number}: ${owner}`);
}

/** The error for a step that the status does not allow. */
export function wrongStatus(issue: LockedIssue, participle: string, wayOut: string): IssueError {
  return new IssueError(
    'wrong-status',
    `issue #${issue.number} is ${issue.status} and cannot be ${participle}: ${wayOut}`,
  );
}
