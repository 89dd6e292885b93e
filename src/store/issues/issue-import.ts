import { takeNumbers } from './issue-changes.ts';
import { parseIssueLines } from './issue-lines.ts';
import type { ImportedIssue } from './issue-lines.ts';
import type { Sql } from '../database/sql.ts';

/** What an import did: what the board already had (by its id in the file) is left as it is. */
export interface ImportResult {
  added: number;
  alreadyThere: number;
}

/**
 * Adds the issues of a JSONL text to a board. All or nothing, and a second time adds nothing: give it an open transaction.
 *
 * @throws IssueImportError naming every bad line, before anything is written
 */
export async function importIssues(sql: Sql, board: string, text: string, fileName: string): Promise<ImportResult> {
  const issues = parseIssueLines(text, fileName);
  // Taking no numbers still makes the board and locks it: two imports at once take turns.
  await takeNumbers(sql, board, 0);
  const known = await knownNumbers(sql, board);
  const added = issues.filter((issue) => !known.has(issue.externalId));
  const first = added.length > 0 ? await takeNumbers(sql, board, added.length) : 0;
  for (const [index, issue] of added.entries()) known.set(issue.externalId, first + index);
  for (const issue of added) await insertIssue(sql, board, known.get(issue.externalId)!, issue);
  for (const issue of added) await linkIssue(sql, board, issue, known);
  return { added: added.length, alreadyThere: issues.length - added.length };
}

async function knownNumbers(sql: Sql, board: string): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: string; number: number }>(
    'select external_id as id, number from issues where board = $1 and external_id is not null',
    [board],
  );
  return new Map(rows.map((row) => [row.id, row.number]));
}

async function insertIssue(sql: Sql, board: string, number: number, issue: ImportedIssue): Promise<void> {
  await sql.query(
    `insert into issues (board, number, external_id, title, description, status, priority, labels, assignee, created_by,
       block_reason, result, extra, created_at, closed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($14, now()), case when $6 = 'closed' then coalesce($15, now()) end)`,
    [
      board,
      number,
      issue.externalId,
      issue.title,
      issue.description,
      issue.status,
      issue.priority,
      issue.labels,
      issue.assignee,
      issue.createdBy,
      issue.blockReason,
      issue.result,
      JSON.stringify(issue.extra),
      issue.createdAt,
      issue.closedAt,
    ],
  );
}

async function linkIssue(sql: Sql, board: string, issue: ImportedIssue, numbers: Map<string, number>): Promise<void> {
  const number = numbers.get(issue.externalId)!;
  const parent = issue.parent === null ? undefined : numbers.get(issue.parent);
  if (parent)
    await sql.query('update issues set parent = $3 where board = $1 and number = $2', [board, number, parent]);
  const dependsOn = issue.dependsOn.map((id) => numbers.get(id)!);
  if (dependsOn.length === 0) return;
  await sql.query('insert into issue_dependencies (board, number, depends_on) select $1, $2, unnest($3::int[])', [
    board,
    number,
    dependsOn,
  ]);
}
