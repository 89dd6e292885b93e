import type { ImportResult } from '../store/issues/issue-import.ts';
import type { Issue, IssueComment, IssueFilter } from '../store/issues/issues.ts';
import { UsageError } from '../domain/errors.ts';
import { inTenant, isOf } from '../domain/ids/tenant.ts';
import type { Session } from './connection/session.ts';

export type { Issue, IssueComment, IssueStatus } from '../store/issues/issues.ts';

/** Issues of all boards of the session's tenant, or of one. */
export async function listIssues({ store, tenant }: Session, filter: IssueFilter): Promise<Issue[]> {
  const issues = await import('../store/issues/issues.ts');
  const { board, ...rest } = filter;
  const ofBoard = board !== undefined && { board: inTenant(tenant, board) };
  return issues.listIssues(store.sql, { ...rest, ...ofBoard, ...(tenant !== null && { tenant }) });
}

/** The boards that have an issue with that number. */
export async function boardsWith({ store, tenant }: Session, number: number): Promise<string[]> {
  const issues = await import('../store/issues/issues.ts');
  return issues.boardsWith(store.sql, tenant, number);
}

/** One issue with its comments. @throws IssueError */
export async function showIssue(
  { store, tenant }: Session,
  board: string,
  number: number,
): Promise<Issue & { comments: IssueComment[]; children: number[] }> {
  const issues = await import('../store/issues/issues.ts');
  const whole = inTenant(tenant, board);
  if (!isOf(tenant, whole)) throw issues.noSuchIssue([number]);
  return issues.showIssue(store.sql, whole, number);
}

/** Adds the issues of a JSONL text to a board, all or none. @throws IssueImportError; UsageError for the board of another tenant */
export async function importIssues(
  { store, tenant }: Session,
  board: string,
  { text, name }: { text: string; name: string },
): Promise<ImportResult> {
  const issues = await import('../store/issues/issue-import.ts');
  const whole = inTenant(tenant, board);
  if (!isOf(tenant, whole))
    throw new UsageError(`a board cannot be called "${board.slice(0, 200)}": "@" stands behind a tenant.`);
  return store.transaction((sql) => issues.importIssues(sql, whole, text, name));
}
