import type { ImportResult } from '../store/issues/issue-import.ts';
import type { Issue, IssueComment, IssueFilter } from '../store/issues/issues.ts';
import type { Session } from './connection/session.ts';

export type { Issue, IssueComment, IssueStatus } from '../store/issues/issues.ts';

/** Issues of all boards, or of one. */
export async function listIssues({ store }: Session, filter: IssueFilter): Promise<Issue[]> {
  const issues = await import('../store/issues/issues.ts');
  return issues.listIssues(store.sql, filter);
}

/** The boards that have an issue with that number. */
export async function boardsWith({ store }: Session, number: number): Promise<string[]> {
  const issues = await import('../store/issues/issues.ts');
  return issues.boardsWith(store.sql, number);
}

/** One issue with its comments. @throws IssueError */
export async function showIssue(
  { store }: Session,
  board: string,
  number: number,
): Promise<Issue & { comments: IssueComment[]; children: number[] }> {
  const issues = await import('../store/issues/issues.ts');
  return issues.showIssue(store.sql, board, number);
}

/** Adds the issues of a JSONL text to a board, all or none. @throws IssueImportError */
export async function importIssues(
  { store }: Session,
  board: string,
  { text, name }: { text: string; name: string },
): Promise<ImportResult> {
  const issues = await import('../store/issues/issue-import.ts');
  return store.transaction((sql) => issues.importIssues(sql, board, text, name));
}
