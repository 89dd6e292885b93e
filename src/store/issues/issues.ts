import { GafferError } from '../../domain/errors.ts';
import type { Sql } from '../database/sql.ts';

/** Where an issue stands in the queue. */
export type IssueStatus = 'open' | 'claimed' | 'blocked' | 'closed';

/** Who does something to an issue: a context's name and its run. `runKey` null: a person, outside of any run. */
export interface IssueActor {
  name: string;
  runKey: string | null;
}

/** One issue of a board. Times are ISO 8601; priority 0 is the most urgent, 4 the least. */
export interface Issue {
  board: string;
  number: number;
  title: string;
  description: string;
  status: IssueStatus;
  priority: number;
  labels: string[];
  parent: number | null;
  assignee: string | null;
  createdBy: string | null;
  blockReason: string | null;
  answer: string | null;
  result: string | null;
  dependsOn: number[];
  /** Those of `dependsOn` that are not closed yet: as long as there are any, nobody can claim it. */
  waitsFor: number[];
  externalId: string | null;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

/** A remark on an issue; those of a kind other than `comment` were made by the step of that name. */
export interface IssueComment {
  author: string;
  kind: 'comment' | 'blocked' | 'unblocked' | 'closed';
  body: string;
  at: string;
}

/** What {@link listIssues} looks for; what is left out does not matter. */
export interface IssueFilter {
  board?: string | undefined;
  /** Only of this tenant's boards. */
  tenant?: string | undefined;
  status?: IssueStatus | undefined;
  assignee?: string | undefined;
  priority?: number | undefined;
  parent?: number | undefined;
  /** Only what can be claimed now: open, and every dependency closed. */
  ready?: boolean | undefined;
  /** At most this many (1,000). */
  limit?: number | undefined;
}

/** An issue cannot be changed in that way; the message says why and what to do. */
export class IssueError extends GafferError {
  override readonly name = 'IssueError';
  readonly kind: 'not-found' | 'conflict';
  readonly reason: 'not-found' | 'taken' | 'waits' | 'not-yours' | 'wrong-status' | 'cycle' | 'nothing-ready';
  constructor(reason: IssueError['reason'], message: string) {
    super(message);
    this.kind = reason === 'not-found' ? 'not-found' : 'conflict';
    this.reason = reason;
  }
}

/** SQL that is true for an issue `i` that waits for nothing any more. */
export const isUnhindered = `not exists (
  select from issue_dependencies d join issues o on o.board = d.board and o.number = d.depends_on
  where d.board = i.board and d.number = i.number and o.status <> 'closed')`;

const columns = `i.board, i.number, i.title, i.description, i.status, i.priority, i.labels, i.parent, i.assignee,
  i.created_by as "createdBy", i.block_reason as "blockReason", i.answer, i.result, i.external_id as "externalId",
  i.created_at, i.updated_at, i.closed_at,
  array(select d.depends_on from issue_dependencies d where d.board = i.board and d.number = i.number order by 1) as "dependsOn",
  array(select o.number from issue_dependencies d join issues o on o.board = d.board and o.number = d.depends_on
    where d.board = i.board and d.number = i.number and o.status <> 'closed' order by 1) as "waitsFor"`;

type IssueRow = Omit<Issue, 'createdAt' | 'updatedAt' | 'closedAt'> & {
  created_at: Date;
  updated_at: Date;
  closed_at: Date | null;
};

/** Issues by board, the most urgent first, then the oldest. */
export async function listIssues(sql: Sql, filter: IssueFilter = {}): Promise<Issue[]> {
  const values: unknown[] = [];
  const wheres: string[] = [];
  for (const name of ['board', 'status', 'assignee', 'priority', 'parent'] as const) {
    if (filter[name] === undefined) continue;
    values.push(filter[name]);
    wheres.push(`i.${name} = $${values.length}`);
  }
  if (filter.tenant !== undefined) {
    values.push(filter.tenant);
    wheres.push(`i.board in (select board from issue_boards where tenant = $${values.length})`);
  }
  if (filter.ready) wheres.push(`i.status = 'open' and ${isUnhindered}`);
  values.push(Math.min(filter.limit ?? 1000, 1000));
  const where = wheres.length > 0 ? `where ${wheres.join(' and ')}` : '';
  const { rows } = await sql.query<IssueRow>(
    `select ${columns} from issues i ${where} order by i.board, i.priority, i.number limit $${values.length}`,
    values,
  );
  return rows.map(toIssue);
}

/** The boards that have an issue with that number, by name; `tenant` null: anybody's. */
export async function boardsWith(sql: Sql, tenant: string | null, number: number): Promise<string[]> {
  const { rows } = await sql.query<{ board: string }>(
    `select i.board from issues i join issue_boards b on b.board = i.board
     where i.number = $1 and ($2::text is null or b.tenant = $2) order by i.board`,
    [number, tenant],
  );
  return rows.map(({ board }) => board);
}

/** A board with how many of its issues are in each status, and when one of them last changed. */
export interface Board extends Record<IssueStatus, number> {
  board: string;
  /** ISO 8601. */
  updatedAt: string;
}

/** The boards whose issues changed last, at most 200; `tenant` null: anybody's. */
export async function listBoards(sql: Sql, tenant: string | null): Promise<Board[]> {
  const count = (status: IssueStatus): string => `(count(*) filter (where i.status = '${status}'))::int as ${status}`;
  const { rows } = await sql.query<Omit<Board, 'updatedAt'> & { at: Date }>(
    `select i.board, ${(['open', 'claimed', 'blocked', 'closed'] as const).map(count).join(', ')}, max(i.updated_at) as at
     from issues i join issue_boards b on b.board = i.board where $1::text is null or b.tenant = $1
     group by i.board order by at desc, i.board limit 200`,
    [tenant],
  );
  return rows.map(({ at, ...board }) => ({ ...board, updatedAt: at.toISOString() }));
}

/** The runs whose agents have claimed issues of a board, or of the tenant's boards, by `BOARD NUMBER`: their ids. */
export async function claimingRuns(
  sql: Sql,
  tenant: string | null,
  issues: readonly { board: string; number: number }[],
): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ issue: string; run: string }>(
    `select i.board || ' ' || i.number as issue, r.run_id as run from issues i join runs r on r.run_key = i.assignee_run
     where ($1::text is null or r.tenant = $1) and (i.board, i.number) in (select * from unnest($2::text[], $3::int[]))`,
    [tenant, issues.map(({ board }) => board), issues.map(({ number }) => number)],
  );
  return new Map(rows.map(({ issue, run }) => [issue, run]));
}

/** How many issues of a board there are in each status. */
export async function countIssues(sql: Sql, board: string): Promise<Record<IssueStatus, number>> {
  const { rows } = await sql.query<{ status: IssueStatus; count: number }>(
    'select status, count(*)::int as count from issues where board = $1 group by status',
    [board],
  );
  const counts: Record<IssueStatus, number> = { open: 0, claimed: 0, blocked: 0, closed: 0 };
  for (const row of rows) counts[row.status] = row.count;
  return counts;
}

/**
 * One issue with its remarks, oldest first.
 *
 * @throws IssueError `not-found`
 */
export async function showIssue(
  sql: Sql,
  board: string,
  number: number,
): Promise<Issue & { comments: IssueComment[]; children: number[] }> {
  const issue = await findIssue(sql, board, number);
  const { rows: comments } = await sql.query<IssueComment & { at: Date }>(
    'select author, kind, body, at from issue_comments where board = $1 and number = $2 order by id',
    [board, number],
  );
  const { rows: children } = await sql.query<{ number: number }>(
    'select number from issues where board = $1 and parent = $2 order by number',
    [board, number],
  );
  return {
    ...issue,
    comments: comments.map((comment) => ({ ...comment, at: new Date(comment.at).toISOString() })),
    children: children.map((child) => child.number),
  };
}

/**
 * One issue without its remarks.
 *
 * @throws IssueError `not-found`
 */
export async function findIssue(sql: Sql, board: string, number: number): Promise<Issue> {
  const { rows } = await sql.query<IssueRow>(`select ${columns} from issues i where i.board = $1 and i.number = $2`, [
    board,
    number,
  ]);
  if (!rows[0]) throw noSuchIssue([number]);
  return toIssue(rows[0]);
}

/** Does a statement that inserts or updates one row of `issues` with the alias `i`. @returns the issue as it is then */
export async function changeIssue(sql: Sql, statement: string, values: unknown[]): Promise<Issue> {
  const { rows } = await sql.query<IssueRow>(`${statement} returning ${columns}`, values);
  return toIssue(rows[0]!);
}

/** The error for issues that are not on the board. */
export function noSuchIssue(numbers: readonly number[]): IssueError {
  const ids = numbers.map((number) => `#${number}`).join(', ');
  return new IssueError('not-found', `there is no issue ${ids}: list shows those there are`);
}

function toIssue({ created_at, updated_at, closed_at, ...row }: IssueRow): Issue {
  return {
    ...row,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
    closedAt: closed_at?.toISOString() ?? null,
  };
}
