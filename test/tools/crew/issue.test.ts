import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { releaseClaims } from '../../../src/store/issues/issue-steps.ts';
import { showIssue } from '../../../src/store/issues/issues.ts';
import { createIssueTool } from '../../../src/tools/crew/issue.ts';
import type { ToolCall, ToolOutput } from '../../../src/tools/tool.ts';
import { createTestDatabase } from '../../support/store/database.ts';
import type { TestDatabase } from '../../support/store/database.ts';
import { toolCall } from '../../support/tools/tool-call.ts';
import { fc, runs } from '../../support/base/properties.ts';

const tool = createIssueTool();
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

function crew() {
  const board = randomUUID();
  const as = (actor: string, change: Partial<ToolCall> = {}) => {
    const call = toolCall({ board, actor, ...change });
    const raw = (input: JsonObject): Promise<ToolOutput> =>
      database.sql.transaction((sql) => tool.run(input, call, sql));
    return Object.assign(raw, {
      ok: async (input: JsonObject) => {
        const output = await raw(input);
        expect(output.isError, output.content).toBeUndefined();
        // oxlint-disable-next-line typescript/no-explicit-any -- what the model reads has no type
        return { ...(JSON.parse(output.content) as any), events: output.events };
      },
      error: async (input: JsonObject) => {
        const output = await raw(input);
        expect(output.isError, output.content).toBe(true);
        expect(output.events).toBeUndefined();
        return output.content;
      },
    });
  };
  return { board, as, foreman: as('foreman'), one: as('worker_1'), two: as('worker_2') };
}

describe('the issue tool', () => {
  it('takes an issue from creation through block and answer to its end, with an event a step', async () => {
    const { board, foreman, one } = crew();
    const created = await foreman.ok({
      action: 'create',
      title: 'Fix login',
      description: 'It fails',
      priority: 'high',
    });
    expect(created).toEqual({
      issue: { id: '#1', title: 'Fix login', status: 'open', priority: 1 },
      events: [
        {
          type: 'issue:created',
          taskId: 'work',
          issue: '#1',
          title: 'Fix login',
          actor: 'foreman',
          detail: 'It fails',
        },
      ],
    });
    expect((await one.ok({ action: 'claim', id: '#1' })).issue).toMatchObject({
      status: 'claimed',
      assignee: 'worker_1',
    });
    const blocked = await one.ok({ action: 'block', id: 1, reason: 'Which hash?' });
    expect(blocked.events).toMatchObject([{ type: 'issue:blocked', detail: 'Which hash?', actor: 'worker_1' }]);
    const answered = await foreman.ok({ action: 'unblock', id: '1', answer: 'scrypt' });
    expect(answered.issue).toMatchObject({ status: 'claimed', assignee: 'worker_1', answer: 'scrypt' });
    await one.ok({ action: 'comment', id: 1, text: 'on it' });
    expect((await one.ok({ action: 'close', id: 1, result: 'done' })).events).toMatchObject([{ type: 'issue:closed' }]);
    const shown = await foreman.ok({ action: 'show', id: 1 });
    expect(shown.comments.map((comment: { kind: string }) => comment.kind)).toEqual([
      'blocked',
      'unblocked',
      'comment',
      'closed',
    ]);
    expect(await showIssue(database.sql, board, 1)).toMatchObject({
      status: 'closed',
      result: 'done',
      createdBy: 'foreman',
    });
  });

  it('gives an issue to exactly one of many who claim it at once', async () => {
    const { as, foreman } = crew();
    await foreman.ok({ action: 'create', title: 'Only one' });
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => as(`worker_${n}`)({ action: 'claim', id: 1 })),
    );
    const winners = outputs.filter((output) => !output.isError);
    expect(winners).toHaveLength(1);
    const { assignee } = JSON.parse(winners[0]!.content).issue;
    for (const output of outputs.filter((other) => other.isError))
      expect(output.content).toContain(`claimed by ${assignee}`);
  });

  it('hands out different issues, the most urgent first, when nobody names one', async () => {
    const { as, foreman } = crew();
    for (const priority of ['low', 'urgent', 'normal', 4])
      await foreman.ok({ action: 'create', title: `${priority}`, priority });
    const outputs = await Promise.all([1, 2, 3, 4].map((n) => as(`worker_${n}`).ok({ action: 'claim' })));
    const taken: string[] = outputs.map((output) => output.issue.id);
    expect(taken.sort()).toEqual(['#1', '#2', '#3', '#4']);
    expect(await as('late').error({ action: 'claim' })).toContain('no issue is ready');
    const next = crew();
    for (const priority of [3, 0, 1]) await next.foreman.ok({ action: 'create', title: `${priority}`, priority });
    expect((await next.one.ok({ action: 'claim' })).issue.id).toBe('#2');
    expect((await next.one.ok({ action: 'claim' })).issue.id).toBe('#3');
  });

  it('claims again what is already claimed by the same actor of the same run, without an event', async () => {
    const { as, foreman, one } = crew();
    await foreman.ok({ action: 'create', title: 'Mine' });
    await one.ok({ action: 'claim', id: 1 });
    expect((await one.ok({ action: 'claim', id: 1 })).events).toBeUndefined();
    expect(await as('worker_1', { runKey: 'run-2/first' }).error({ action: 'claim', id: 1 })).toContain(
      'claimed by worker_1',
    );
  });

  it('keeps an issue back until all that it depends on is closed', async () => {
    const { foreman, one } = crew();
    await foreman.ok({ action: 'create', title: 'First' });
    await foreman.ok({ action: 'create', title: 'Second', depends_on: ['#1'], priority: 0 });
    expect(await one.error({ action: 'claim', id: 2 })).toContain('waits for #1');
    expect((await one.ok({ action: 'list', ready: true })).issues).toMatchObject([{ id: '#1' }]);
    expect((await one.ok({ action: 'claim' })).issue.id).toBe('#1');
    await one.ok({ action: 'close', id: 1, result: 'ok' });
    expect((await one.ok({ action: 'claim', id: 2 })).issue).toMatchObject({ depends_on: ['#1'], status: 'claimed' });
  });

  it('refuses a dependency that would close a ring, or that is not on the board', async () => {
    const { foreman } = crew();
    await foreman.ok({ action: 'create', title: 'A' });
    await foreman.ok({ action: 'create', title: 'B', depends_on: [1] });
    await foreman.ok({ action: 'create', title: 'C', depends_on: [2] });
    expect(await foreman.error({ action: 'update', id: 1, depends_on: [3] })).toContain('wait for itself');
    expect(await foreman.error({ action: 'update', id: 1, depends_on: [1] })).toContain('wait for itself');
    expect(await foreman.error({ action: 'create', title: 'D', depends_on: [9], parent: 8 })).toContain(
      'no issue #8, #9',
    );
    expect((await foreman.ok({ action: 'list' })).issues).toHaveLength(3);
  });

  it.each([
    { step: { action: 'block', id: 1, reason: 'r' }, says: 'claimed by worker_1' },
    { step: { action: 'close', id: 1, result: 'r' }, says: 'claimed by worker_1' },
    { step: { action: 'update', id: 1, title: 'x' }, says: 'claimed by worker_1' },
    { step: { action: 'claim', id: 1 }, says: 'claimed by worker_1' },
    { step: { action: 'unblock', id: 1, answer: 'a' }, says: 'is claimed' },
    { step: { action: 'show', id: 77 }, says: 'no issue #77' },
  ])('refuses $step.action of what somebody else has claimed', async ({ step, says }) => {
    const { foreman, one, two } = crew();
    await foreman.ok({ action: 'create', title: 'Theirs' });
    await one.ok({ action: 'claim', id: 1 });
    expect(await two.error(step)).toContain(says);
  });

  it('lets the creator close what a worker left, and nobody close what is unclaimed and not theirs', async () => {
    const { foreman, one } = crew();
    await foreman.ok({ action: 'create', title: 'Left' });
    expect(await one.error({ action: 'close', id: 1, result: 'x' })).toContain('claim it first');
    await one.ok({ action: 'claim', id: 1 });
    await foreman.ok({ action: 'close', id: 1, result: 'not needed' });
    expect(await one.error({ action: 'claim', id: 1 })).toContain('is closed');
  });

  it('takes the actor and the board from the orchestrator alone', async () => {
    const { one } = crew();
    for (const forged of [{ actor: 'foreman' }, { created_by: 'foreman' }, { board: 'other' }, { runKey: 'x' }]) {
      expect(await one.error({ action: 'create', title: 'x', ...forged })).toContain('Bad input');
    }
  });

  it.each([
    { input: {}, says: 'action' },
    { input: { action: 'destroy' }, says: 'action' },
    { input: { action: 'create' }, says: 'needs title' },
    { input: { action: 'create', title: '  ' }, says: 'title' },
    { input: { action: 'create', title: 'x', priority: 9 }, says: '0 (most urgent) to 4' },
    { input: { action: 'show', id: '#0' }, says: 'id' },
    { input: { action: 'show', id: '9999999999' }, says: 'id' },
    { input: { action: 'show', id: "1'; drop table issues" }, says: 'id' },
    { input: { action: 'block', id: 1 }, says: 'needs reason' },
  ])('answers $input with what it expected', async ({ input, says }) => {
    expect(await crew().one.error(input)).toContain(says);
  });

  it('stores text that the database cannot, without its bad characters', async () => {
    const { foreman } = crew();
    const { issue } = await foreman.ok({ action: 'create', title: 'a\0b\uD800c', description: '\0' });
    expect(issue.title).toBe('ab\uFFFDc');
  });

  it('keeps what it says under 32 KB and still JSON', async () => {
    const { foreman } = crew();
    await foreman.ok({ action: 'create', title: '\u4e16'.repeat(200), description: '"\u4e16'.repeat(4000) });
    for (let n = 0; n < 25; n++) await foreman.ok({ action: 'comment', id: 1, text: '\\\u4e16'.repeat(2000) });
    for (let n = 0; n < 60; n++) await foreman.ok({ action: 'create', title: '\u4e16'.repeat(200) });
    for (const input of [
      { action: 'show', id: 1 },
      { action: 'list', limit: 200 },
    ]) {
      const output = await foreman(input);
      expect(Buffer.byteLength(output.content)).toBeLessThanOrEqual(32_000);
      expect(() => JSON.parse(output.content)).not.toThrow();
    }
    expect((await foreman.ok({ action: 'list' })).more).toContain('there are more');
  });

  it('puts back what a run had claimed', async () => {
    const { as, foreman, two } = crew();
    const dead = as('worker_1', { runKey: 'run-dead' });
    await foreman.ok({ action: 'create', title: 'A' });
    await dead.ok({ action: 'claim', id: 1 });
    expect(await releaseClaims(database.sql, 'run-dead')).toBe(1);
    await two.ok({ action: 'claim', id: 1 });
  });

  it('answers any JSON at all without throwing', async () => {
    const { foreman } = crew();
    const action = fc.constantFrom('create', 'list', 'show', 'update', 'claim', 'block', 'unblock', 'comment', 'close');
    const values = fc.oneof(fc.jsonValue(), fc.nat({ max: 3 }), fc.string({ unit: 'binary' }));
    const keys = fc.constantFrom(
      'id',
      'title',
      'description',
      'priority',
      'depends_on',
      'reason',
      'answer',
      'text',
      'result',
      'actor',
    );
    const inputs = fc.tuple(action, fc.dictionary(keys, values)).map(([name, rest]) => ({ ...rest, action: name }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(inputs, fc.dictionary(fc.string(), fc.jsonValue())), async (input) => {
        const output = await foreman(input as JsonObject);
        expect(typeof output.content).toBe('string');
        expect(tool.describe(input as JsonObject).length).toBeLessThanOrEqual(120);
      }),
      runs(300),
    );
  });
});
