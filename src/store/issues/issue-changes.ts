import { isCreator, isMine, lockIssue, notYours, wrongStatus } from './issue-access.ts';
import { changeIssue, findIssue, IssueError, noSuchIssue } from './issues.ts';
import type { Issue, IssueActor, IssueComment } from './issues.ts';
import type { Sql } from '../database/sql.ts';

/** What a new issue is made of. `priority` 0 (most urgent) to 4, by default 2. */
export interface NewIssue {
  title: string;
  description?: string | undefined;
  priority?: number | undefined;
  labels?: string[] | undefined;
  parent?: number | undefined;
  dependsOn?: number[] | undefined;
}

/**
 * Adds an issue with the board's next number.
 *
 * @throws IssueError `not-found` when its parent or a dependency is not on the board
 */
export async function createIssue(sql: Sql, board: string, actor: IssueActor, issue: NewIssue): Promise<Issue> {
  const dependsOn = [...new Set(issue.dependsOn)];
  await checkExist(sql, board, issue.parent === undefined ? dependsOn : [issue.parent, ...dependsOn]);
  const number = await takeNumbers(sql, board, 1);
  const created = await changeIssue(
    sql,
    `insert into issues as i (board, number, title, description, priority, labels, parent, created_by, created_by_run)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      board,
      number,
      issue.title,
      issue.description ?? '',
      issue.priority ?? 2,
      issue.labels ?? [],
      issue.parent ?? null,
      actor.name,
      actor.runKey,
    ],
  );
  if (dependsOn.length === 0) return created;
  await setDependencies(sql, board, number, dependsOn);
  return findIssue(sql, board, number);
}

/** Reserves `count` numbers of a board, which is made if need be. @returns the first of them */
export async function takeNumbers(sql: Sql, board: string, count: number): Promise<number> {
  const { rows } = await sql.query<{ last: number }>(
    `insert into issue_boards (board, last_number) values ($1, $2)
     on conflict (board) do update set last_number = issue_boards.last_number + $2 returning last_number as last`,
    [board, count],
  );
  return rows[0]!.last - count + 1;
}

/**
 * Changes fields of an issue; those left out stay.
 *
 * @throws IssueError `not-found`, `wrong-status`, `not-yours`, or `cycle` when it would wait for itself
 */
export async function updateIssue(
  sql: Sql,
  board: string,
  actor: IssueActor,
  change: Omit<NewIssue, 'parent' | 'title'> & { number: number; title?: string | undefined },
): Promise<Issue> {
  const { number, dependsOn } = change;
  const issue = await lockIssue(sql, board, number);
  if (issue.status === 'closed') throw wrongStatus(issue, 'changed', 'comment on it, or create a new one');
  const mayChange = issue.assignee === null || isMine(issue, actor) || isCreator(issue, actor) || actor.runKey === null;
  if (!mayChange) throw notYours(issue, 'change');
  if (dependsOn) {
    await checkExist(sql, board, dependsOn);
    await checkNoCycle(sql, board, number, dependsOn);
  }
  await sql.query(
    `update issues set title = coalesce($3, title), description = coalesce($4, description),
       priority = coalesce($5, priority), labels = coalesce($6, labels), updated_at = now()
     where board = $1 and number = $2`,
    [board, number, change.title ?? null, change.description ?? null, change.priority ?? null, change.labels ?? null],
  );
  if (dependsOn) {
    await sql.query('delete from issue_dependencies where board = $1 and number = $2', [board, number]);
    await setDependencies(sql, board, number, [...new Set(dependsOn)]);
  }
  return findIssue(sql, board, number);
}

/** Who does something with which issue. */
export interface IssueStep {
  board: string;
  actor: IssueActor;
  number: number;
}

/**
 * Adds a remark (I3).
 *
 * @throws IssueError `not-found`
 */
export async function commentIssue(
  sql: Sql,
  { board, actor, number }: IssueStep,
  body: string,
  kind: IssueComment['kind'] = 'comment',
): Promise<void> {
  const { rowCount } = await sql.query(
    `insert into issue_comments (board, number, author, author_run, kind, body)
     select board, number, $3, $4, $5, $6 from issues where board = $1 and number = $2`,
    [board, number, actor.name, actor.runKey, kind, body],
  );
  if (rowCount === 0) throw noSuchIssue([number]);
}

async function checkExist(sql: Sql, board: string, numbers: number[]): Promise<void> {
  if (numbers.length === 0) return;
  const { rows } = await sql.query<{ number: number }>(
    'select number from issues where board = $1 and number = any($2::int[])',
    [board, numbers],
  );
  const found = new Set(rows.map((row) => row.number));
  const missing = numbers.filter((number) => !found.has(number));
  if (missing.length > 0) throw noSuchIssue(missing);
}

async function checkNoCycle(sql: Sql, board: string, number: number, dependsOn: number[]): Promise<void> {
  // Two changes at once could close a ring that neither sees: the board's row makes them take turns.
  await sql.query('select from issue_boards where board = $1 for no key update', [board]);
  const { rows } = await sql.query<{ number: number }>(
    `with recursive reached (number) as (
       select unnest($2::int[])
       union select d.depends_on from issue_dependencies d join reached r on d.board = $1 and d.number = r.number)
     select number from reached where number = $3`,
    [board, dependsOn, number],
  );
  if (rows.length > 0)
    throw new IssueError('cycle', `issue #${number} would wait for itself: leave out what depends on it`);
}

async function setDependencies(sql: Sql, board: string, number: number, dependsOn: number[]): Promise<void> {
  if (dependsOn.length === 0) return;
  await sql.query('insert into issue_dependencies (board, number, depends_on) select $1, $2, unnest($3::int[])', [
    board,
    number,
    dependsOn,
  ]);
}
