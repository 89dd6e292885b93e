import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importIssues } from '../../../src/store/issues/issue-import.ts';
import { IssueImportError } from '../../../src/store/issues/issue-lines.ts';
import { listIssues } from '../../../src/store/issues/issues.ts';
import { createTestDatabase } from '../../support/store/database.ts';
import type { TestDatabase } from '../../support/store/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const lines = (...objects: object[]): string => objects.map((object) => JSON.stringify(object)).join('\n') + '\n';
const load = (board: string, text: string) =>
  database.sql.transaction((sql) => importIssues(sql, board, text, 'issues.jsonl'));

const file = lines(
  { id: 'x-2', title: 'Second', status: 'in_progress', assignee: 'ann', priority: 1, blocked_by: ['x-1'], estimate: 3 },
  { id: 'x-1', title: 'First', description: 'd', status: 'open', labels: ['a'], created_at: '2026-01-02T03:04:05Z' },
  { id: 'x-3', title: 'Third', status: 'closed', priority: 'P0', parent_id: 'x-1', close_reason: 'done' },
  {
    id: 'x-4',
    title: 'Fourth',
    dependencies: [
      { issue_id: 'x-4', depends_on_id: 'x-2', type: 'blocks' },
      { issue_id: 'x-4', depends_on_id: 'x-1', type: 'parent-child' },
      { issue_id: 'x-4', depends_on_id: 'x-3', type: 'related' },
    ],
  },
);

describe('importIssues', () => {
  it('brings over what other tools wrote, unknown fields included', async () => {
    const board = randomUUID();
    expect(await load(board, file)).toEqual({ added: 4, alreadyThere: 0 });
    const issues = await listIssues(database.sql, { board });
    const byId = Object.fromEntries(issues.map((issue) => [issue.externalId, issue]));
    expect(byId['x-2']).toMatchObject({ number: 1, status: 'claimed', assignee: 'ann', priority: 1, dependsOn: [2] });
    expect(byId['x-1']).toMatchObject({
      number: 2,
      status: 'open',
      labels: ['a'],
      createdAt: '2026-01-02T03:04:05.000Z',
    });
    expect(byId['x-3']).toMatchObject({ status: 'closed', priority: 0, parent: 2, result: 'done' });
    expect(byId['x-4']).toMatchObject({ dependsOn: [1], parent: 2 });
    const { rows } = await database.sql.query('select extra from issues where board = $1 order by number', [board]);
    expect(rows[0]!['extra']).toEqual({ estimate: 3 });
    expect(rows[3]!['extra']).toMatchObject({ dependencies: [{ type: 'related' }] });
  });

  it('adds nothing the second time, and only what is new later', async () => {
    const board = randomUUID();
    await load(board, file);
    expect(await load(board, file)).toEqual({ added: 0, alreadyThere: 4 });
    expect(await load(board, file + lines({ id: 'x-5', title: 'New', blocked_by: ['x-1'] }))).toEqual({
      added: 1,
      alreadyThere: 4,
    });
    expect((await listIssues(database.sql, { board })).map((issue) => issue.number).sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it('adds each issue once when two import the same file at once', async () => {
    const board = randomUUID();
    const results = await Promise.all([load(board, file), load(board, file), load(board, file)]);
    expect(results.map((result) => result.added).sort((a, b) => a - b)).toEqual([0, 0, 4]);
  });

  it.each([
    { bad: '{"id": "a"', says: 'issues.jsonl:5: not JSON' },
    { bad: '[]', says: 'issues.jsonl:5: expected an object' },
    { bad: '{"title":"t"}', says: 'issues.jsonl:5: "id" is missing' },
    { bad: '{"id":"a"}', says: 'issues.jsonl:5: "title" is missing' },
    { bad: '{"id":"x-1","title":"t"}', says: 'issues.jsonl:5: id "x-1" stands on line 2 already' },
    { bad: '{"id":"a","title":"t","status":"wontfix"}', says: 'issues.jsonl:5: "status" is "wontfix"' },
    { bad: '{"id":"a","title":"t","priority":7}', says: 'issues.jsonl:5: "priority" is 7' },
    {
      bad: '{"id":"a","title":"t","blocked_by":["nope"]}',
      says: 'issues.jsonl:5: no issue in the file has the id "nope"',
    },
    { bad: '{"id":"a","title":"t","created_at":"soon"}', says: 'issues.jsonl:5: "created_at" is "soon"' },
    {
      bad: '{"id":"a","title":"t","blocked_by":["b"]}\n{"id":"b","title":"t","blocked_by":["a"]}',
      says: 'a, b wait for each other',
    },
    { bad: '{"id":"a","title":"t","parent":"a"}', says: 'a are parents of each other' },
  ])('refuses the whole file for $bad', async ({ bad, says }) => {
    const board = randomUUID();
    await expect(load(board, file + bad)).rejects.toThrow(says);
    await expect(load(board, file + bad)).rejects.toBeInstanceOf(IssueImportError);
    expect(await listIssues(database.sql, { board })).toEqual([]);
  });

  it('takes fields with characters that the database cannot keep', async () => {
    const board = randomUUID();
    await load(
      board,
      '\uFEFF' + lines({ id: 'n', title: 'a\0b', odd: { 'k\0': ['\uD800', '\0'] } }).replace('\n', '\r\n'),
    );
    expect(await listIssues(database.sql, { board })).toMatchObject([{ title: 'ab' }]);
  });
});
