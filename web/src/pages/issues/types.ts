import type { Issue, IssueComment, IssueStatus } from '../../../../src/client/issues.ts';

/** A line of `/api/issues`. */
export type IssueLine = Issue & { claimedIn: string | null };

/** `/api/issues/BOARD/NUMBER`. */
export type WholeIssue = IssueLine & { comments: IssueComment[]; children: number[] };

/** A line of `/api/boards`. */
export type Board = Record<IssueStatus, number> & { board: string; updatedAt: string };

/** States in the order in which an issue goes through them. */
export const statuses = ['open', 'claimed', 'blocked', 'closed'] as const satisfies readonly IssueStatus[];

/** What a priority is called, from 0 on. */
export const priorities = ['urgent', 'high', 'normal', 'low', 'lowest'] as const;

/** Where an issue is shown. */
export function pathOf({ board, number }: Pick<Issue, 'board' | 'number'>): string {
  return `/issues/${encodeURIComponent(board)}/${number}`;
}
