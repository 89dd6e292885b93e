import { describe, expect, it } from 'vitest';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import { toDetail } from '../../../src/domain/run/wait-detail.ts';
import { bodyOf, countEdits, editsWrong, newFork } from '../../../web/src/actions/fork/fork.ts';
import { withoutHiding } from '../../../web/src/actions/hidden.ts';
import { fieldsOf, readFields, toText } from '../../../web/src/actions/input-form.ts';
import { startWords } from '../../../web/src/actions/fork/preview-words.ts';
import {
  askedKind,
  limitChange,
  roleFor,
  shownElsewhere,
  whyNotDecide,
  whyNotEdit,
  yesWords,
} from '../../../web/src/actions/waiting-words.ts';
import { changeOf } from '../../../web/src/pages/compare/letter.ts';
import { pausedIn, withGone } from '../../../web/src/actions/kept.ts';
import { groupsOf, matches } from '../../../web/src/pages/approvals/inbox.ts';

const entry = (more: Partial<WaitingEntry> = {}): WaitingEntry => ({
  ...{ runId: 'r', command: '', id: 'tool/a~1/1/t', cause: 'approval', taskId: 'a', what: 'bash rm x', detail: 'rm x' },
  ...{ since: '2026-11-30T05:00:00.000Z', deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true },
  ...more,
});
const schema = {
  type: 'object',
  required: ['action'],
  properties: {
    action: { type: 'string', enum: ['read', 'write'] },
    path: { type: 'string', description: 'where' },
    content: { type: 'string', maxLength: 1_000_000 },
    limit: { type: 'integer' },
    regex: { type: 'boolean' },
  },
};

describe('the form of a call', () => {
  it('has a field for what the schema knows and for what else the call brings, the used ones first', () => {
    const input = { action: 'write', path: 'a', content: 'x\ny', more: { deep: 1 } };
    const fields = fieldsOf(schema, input);
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ...[
        ['action', 'choice'],
        ['path', 'text'],
        ['content', 'long'],
      ],
      ...[
        ['more', 'json'],
        ['limit', 'number'],
        ['regex', 'boolean'],
      ],
    ]);
    const texts = Object.fromEntries(fields.map((each) => [each.name, toText(each, input[each.name as 'path'])]));
    expect(readFields(fields, texts, input)).toEqual({ input, problems: {} });
    expect(readFields(fields, { ...texts, path: '', limit: '5', regex: 'true' }, input).input).toEqual({
      ...input,
      ...{ path: '', limit: 5, regex: true },
    });
    const wrong = readFields(fields, { ...texts, action: '', limit: 'five', more: '{' }, input);
    expect(Object.keys(wrong.problems)).toEqual(['action', 'more', 'limit']);
  });

  it('takes a value of another type than its schema says as JSON, and knows a tool without a schema', () => {
    const input = { action: 'paint', limit: '5', other: 'words' };
    const fields = fieldsOf(schema, input);
    expect(fields.slice(0, 3).map(({ name, kind }) => [name, kind])).toEqual([
      ['action', 'text'],
      ['limit', 'json'],
      ['other', 'text'],
    ]);
    expect(fieldsOf(null, { a: 1, b: true }).map(({ kind }) => kind)).toEqual(['number', 'boolean']);
  });
});

describe('who may decide', () => {
  it('is said before anything is pressed: by scope, and by role', () => {
    const asked = entry({ asks: ['owner'] });
    expect(whyNotDecide(asked, { scopes: ['read'], roles: ['owner'] })).toBe('needs a key with the scope approve');
    expect(whyNotDecide(asked, { scopes: ['approve'], roles: ['dev'] })).toBe('is for owner; you are dev');
    expect(whyNotDecide(asked, { scopes: ['approve'], roles: ['owner'] })).toBeUndefined();
    expect(whyNotDecide(asked, { scopes: ['admin'], roles: ['*'] })).toBeUndefined();
    expect(roleFor(asked, { scopes: ['approve'], roles: ['dev', '*'] })).toBe('owner');
    expect(whyNotDecide(entry({ cause: 'budget' }), { scopes: ['approve'], roles: [] })).toMatch(/scope run/);
  });

  it('names what the button does, and marks what can hardly be taken back', () => {
    const call = { tool: 'bash', input: {}, line: '', workspace: null, schema: null, change: null, sources: [] };
    expect(yesWords(entry(), { ...call, risks: ['deletes', 'command'] })).toEqual({
      label: 'Let it delete',
      isGrave: true,
    });
    expect(yesWords(entry({ needed: 2, approvedBy: ['ann'] }), { ...call, risks: ['command'] })).toEqual({
      label: 'Run the command (2 of 2)',
      isGrave: false,
    });
    expect(yesWords(entry({ id: 'before/a' }), null).label).toBe('Start the task');
  });

  it('knows a conflict from an agent that asks for help', () => {
    const asked = ['conflict/a~1', 'blocker/a~1/2/t', 'after/a~1'].map((id) => askedKind({ id }));
    expect(asked).toEqual(['conflict', 'other', 'result']);
  });

  it('raises the limit that is in the way, and no other', () => {
    expect(limitChange({ scope: 'run', unit: 'usd' }, 2)).toEqual({ usd: 2 });
    expect(limitChange({ scope: 'task/a/b', unit: 'tokens' }, 5)).toEqual({ task: 'a/b', tokens: 5 });
    expect(limitChange({ scope: 'speed', unit: 'usd' }, 1)).toEqual({ usdPerMinute: 1 });
    expect(limitChange({ scope: 'around/run', unit: 'usd' }, 1)).toMatch(/raise it there/);
  });
});

describe('what is shown of texts', () => {
  it('names what nobody sees, and leaves all else as it is', () => {
    expect(withoutHiding('a\tb\r\nc')).toEqual([{ text: 'a\tb\nc', isHidden: false }]);
    expect(withoutHiding('rm \u202Ex\u200B')).toEqual([
      { text: 'rm ', isHidden: false },
      { text: 'U+202E', isHidden: true },
      { text: 'x', isHidden: false },
      { text: 'U+200B', isHidden: true },
    ]);
    expect(withoutHiding('🙂 👨‍👩‍👧')).toHaveLength(1);
    expect(withoutHiding('a\u200Db\u00ADc\u2800d\u3164').filter(({ isHidden }) => isHidden)).toHaveLength(4);
  });

  it('says how much emptiness something stands behind, so that nothing is pushed out of sight', () => {
    const pieces = withoutHiding(`npm test${'\n'.repeat(61)}rm -rf ~${' '.repeat(400)}# done`);
    expect(pieces.map(({ text }) => text.trim())).toEqual([
      ...['npm test', '⋯ 60 empty lines ⋯', 'rm -rf ~', '⋯ 400 blanks ⋯', '# done'],
    ]);
    expect(withoutHiding('a\n\n\nb')).toHaveLength(1);
  });
});

describe('a fork that is being made up', () => {
  it('is sent with what was changed alone, and is nothing before', () => {
    expect(bodyOf(newFork())).toBeNull();
    const fork = { from: 'review', set: { 'prompt.a': 'x', 'limits.usd': '2' }, onFiles: true };
    expect(bodyOf(fork)).toEqual({ from: 'review', set: fork.set, worktree: true });
    expect([countEdits(fork, 'prompt'), countEdits(fork, 'model')]).toEqual([1, 0]);
    const errors = [
      { pointer: '/set/model.a~1b', detail: 'no' },
      { pointer: '/from', detail: 'no' },
    ];
    expect(editsWrong(Object.assign(new Error('x'), { problem: { errors } }))).toEqual({ 'model.a/b': 'no' });
  });

  it('says on its button what starts and for how much', () => {
    const preview = {
      ...{ run: 'r', kind: 'fork' as const, isInPlace: false, counts: { reused: 1, anew: 2, stays: 0 } },
      ...{ tasks: [], savedUsd: 0, expected: { lowUsd: 1, highUsd: 2 }, untried: 0, warnings: [] },
    };
    expect(startWords(preview)).toBe('Start: 2 tasks anew, $1.00 to $2.00');
    expect(startWords({ ...preview, counts: { reused: 3, anew: 0, stays: 0 } })).toBe('Start: nothing is done anew');
    expect(startWords(undefined)).toBe('Start');
  });
});

describe('the inbox', () => {
  it('keeps what was decided where it stood, and adds what is new below', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => entry({ id: `before/${id}`, taskId: id, runId: `run-${id}` }));
    const first = withGone([], [a!, b!]);
    const then = withGone(first, [b!, c!]);
    expect(then.map(({ entry: { taskId }, isGone }) => [taskId, isGone])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
    const many = Array.from({ length: 50 }, (_, at) => entry({ id: `before/${at}` }));
    expect(withGone(withGone([], many), [])).toHaveLength(20);
    expect(groupsOf(then).map(({ runId }) => runId)).toEqual(['run-a', 'run-b', 'run-c']);
    const paused = entry({ cause: 'paused', id: null, taskId: null, runId: 'run-p' });
    expect([...pausedIn(withGone(first, [b!, paused]))]).toEqual(['run-p']);
    expect(matches(a!, 'approval', 'RUN-a rm')).toBe(true);
    expect(matches(a!, 'blocker', '')).toBe(false);
  });
});

describe('changeOf', () => {
  it('says how much more or less something is', () => {
    expect([changeOf(3, 2), changeOf(1, 2), changeOf(2, 2), changeOf(5, 0), changeOf(40, 2)]).toEqual([
      ...['+50 %', '−50 %', null, null, '20×'],
    ]);
  });
});

describe('what may be changed before it is approved', () => {
  it('is a call, or a prompt of which all is there', () => {
    const start = entry({ id: 'before/a', detail: 'Do it.' });
    const text = (length: number) => ({ call: null, text: 'x'.repeat(length) });
    expect(whyNotEdit(start, undefined)).toBe('what it is about is on its way');
    expect(whyNotEdit(start, text(99_999))).toBeUndefined();
    expect(whyNotEdit(start, text(100_000))).toContain('only the beginning');
    expect(whyNotEdit(start, { call: null, text: null })).toBeUndefined();
    const cut = { ...start, detail: toDetail('x'.repeat(3000)) };
    expect(whyNotEdit(cut, { call: null, text: null })).toBe('only its beginning is here');
    expect(whyNotEdit({ ...start, id: 'after/a' }, text(10))).toBe('it is yes or no here');
    expect(whyNotEdit(entry(), { call: null, text: null })).toBe('it is yes or no here');
  });

  it('shows every argument: a name hides only what its command or its diff shows', () => {
    const change = { path: 'a', patch: '+x', isNew: true };
    expect(shownElsewhere({ tool: 'bash', input: { command: 'ls', content: 'x' }, change: null })).toEqual(['command']);
    expect(shownElsewhere({ tool: 'acme.bash', input: { command: 'ls' }, change: null })).toEqual([]);
    const write = { action: 'write', path: 'a', content: 'x', old_string: 'y' };
    expect(shownElsewhere({ tool: 'filesystem', input: write, change })).toEqual(['content']);
    expect(shownElsewhere({ tool: 'filesystem', input: { ...write, action: 'edit' }, change })).toEqual([
      ...['old_string', 'new_string'],
    ]);
    expect(shownElsewhere({ tool: 'filesystem', input: write, change: { ...change, patch: '' } })).toEqual([]);
  });
});
