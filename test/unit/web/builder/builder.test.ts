import { describe, expect, it } from 'vitest';
import { outlineOf } from '../../../../src/definition/edit/outline.ts';
import { completionsFor, namesFor, typingAt } from '../../../../web/src/pages/builder/form/completions.ts';
import { editFor } from '../../../../web/src/pages/builder/form/field-value.ts';
import { taskFields, type FieldOf } from '../../../../web/src/pages/builder/form/fields.ts';
import { beginHistory, redone, undone, withText } from '../../../../web/src/pages/builder/draft/history.ts';
import { mostDrawn, pictureOf } from '../../../../web/src/pages/builder/picture/layout.ts';
import { patchOf } from '../../../../web/src/pages/builder/draft/patch.ts';
import { newTask, taskMoves } from '../../../../web/src/pages/builder/task-moves.ts';

const outline = outlineOf(`inputs: { path: { type: string } }
phases:
  - name: One
    tasks:
      - { id: a, prompt: A }
      - { id: b-b, prompt: B }
  - name: Two
    execution_mode: parallel
    tasks:
      - { id: c, prompt: C, for_each: [1, 2] }
      - { id: d, prompt: D, depends_on: [c] }
`);

describe('the history of a draft', () => {
  it('goes back and forth by edits, and takes what is typed in one go for one step', () => {
    let history = withText(withText(withText(beginHistory('a'), 'ab', 0), 'abc', 500), 'abcd', 900);
    expect(undone(history).now).toBe('a');
    history = withText(withText(history, 'edited', null), 'edited!', 1000);
    expect(undone(history).now).toBe('edited');
    expect(undone(undone(history)).now).toBe('abcd');
    expect(redone(undone(history)).now).toBe('edited!');
    expect(redone(withText(undone(history), 'other', 9000)).now).toBe('other');
    expect(undone(beginHistory('a')).now).toBe('a');
  });
});

describe('the picture of a draft', () => {
  it('has phases below each other, and in each what waits below what it waits for', () => {
    const { bands, tasks, edges } = pictureOf(outline);
    const at = Object.fromEntries(tasks.map((box) => [box.id, box]));
    expect(bands.map(({ title }) => title)).toEqual(['1. One', '2. Two']);
    expect(at['b-b']!.y).toBeGreaterThan(at['a']!.y);
    expect(at['d']!.y).toBeGreaterThan(at['c']!.y);
    expect(at['c']!.y).toBeGreaterThan(bands[0]!.y + bands[0]!.height);
    expect(edges).toEqual([
      { from: 'a', to: 'b-b', kind: 'sequence' },
      { from: 'c', to: 'd', kind: 'explicit' },
    ]);
    expect(pictureOf(outline)).toEqual(pictureOf(outline));
  });

  it('folds siblings of a large draft, with their lines, and does not hang on a ring', () => {
    const many = Array.from({ length: 400 }, (_, at) => `  - { id: t${at}, prompt: T, depends_on: [plan] }`).join('\n');
    const large = outlineOf(
      `tasks:\n  - { id: plan, prompt: P }\n${many}\n  - { id: end, prompt: E, depends_on: [t399] }\n`,
    );
    const { tasks, edges } = pictureOf(large);
    expect(tasks.length).toBeLessThan(mostDrawn);
    expect(tasks.find(({ folded }) => folded > 0)).toMatchObject({ folded: 393 });
    expect(edges).toContainEqual({ from: 'more t7', to: 'end', kind: 'explicit' });
    const chain = Array.from({ length: 900 }, (_, at) => `      - { id: c${at}, prompt: C }`).join('\n');
    const long = pictureOf(outlineOf(`phases:\n  - name: P\n    tasks:\n${chain}\n`));
    expect(long.tasks).toHaveLength(mostDrawn);
    expect(long.tasks.at(-1)).toMatchObject({ folded: 601 });
    const ring = outlineOf(
      'tasks:\n  - { id: a, prompt: A, depends_on: [b] }\n  - { id: b, prompt: B, depends_on: [a] }\n',
    );
    expect(pictureOf(ring).tasks).toHaveLength(2);
  });
});

describe('names in expressions', () => {
  const names = namesFor(outline, 'c');

  it('are those that have a value there', () => {
    expect(names.map(({ text }) => text)).toEqual([
      ...['inputs.path', 'item', 'tasks.a.output', 'tasks.b-b.output', 'tasks.d.output'],
    ]);
  });

  it.each([
    ['Use ${{ ta', false, ['tasks.a.output', 'tasks.b-b.output', 'tasks.d.output', 'inputs.path']],
    ['Use ${{ b-', false, ['tasks.b-b.output']],
    ['Use ${{ inputs.path }} ta', false, null],
    ['Use ta', false, null],
    ['tasks.a', true, ['tasks.a.output']],
  ])('are offered in %j', (text, isBare, expected) => {
    const typing = typingAt(text, text.length, isBare);
    const offered = typing && completionsFor(names, typing).map(({ text: name }) => name);
    if (expected === null) expect(offered).toBeNull();
    else expect(offered).toEqual(expect.arrayContaining(expected.slice(0, 3)));
  });
});

describe('a field', () => {
  const fieldOf = (label: string): FieldOf =>
    taskFields.flatMap(({ fields }) => fields).find((each) => each.label === label)!;
  const at = ['tasks', 0];

  it('becomes the edit that it means, and none where nothing changes', () => {
    const values = { prompt: 'A', retry: { max_attempts: 2, backoff: '5s' } };
    expect(editFor(fieldOf('Prompt'), { at, values }, 'A')).toEqual({ edit: null });
    expect(editFor(fieldOf('Prompt'), { at, values }, 'B\n')).toEqual({
      edit: { do: 'set', at, key: 'prompt', value: 'B\n' },
    });
    expect(editFor(fieldOf('Attempts'), { at, values }, '3')).toEqual({
      edit: { do: 'set', at, key: 'retry', value: { backoff: '5s', max_attempts: 3 } },
    });
    expect(editFor(fieldOf('Attempts'), { at, values: { retry: { max_attempts: 2 } } }, ' ')).toEqual({
      edit: { do: 'unset', at, key: 'retry' },
    });
    expect(editFor(fieldOf('Limit in USD'), { at, values }, 'two')).toMatchObject({
      wrong: expect.any(String) as unknown,
    });
    expect(editFor(fieldOf('Output schema'), { at, values }, '{ no')).toMatchObject({
      wrong: expect.any(String) as unknown,
    });
    expect(editFor(fieldOf('Go on when it fails'), { at, values }, '')).toEqual({ edit: null });
  });
});

describe('a task', () => {
  it('is moved within its phase and into others, and a new one comes behind the one that is chosen', () => {
    const [a, , c] = outline.tasks;
    expect(taskMoves(outline, a!).map(({ label }) => label)).toEqual([
      'Move down',
      'Move to phase 2. Two',
      'Move out of its phase',
    ]);
    expect(newTask(outline, c!, null)).toMatchObject({ at: ['phases', 1, 'tasks', 1], edit: { phase: 1, index: 1 } });
    expect(newTask(outlineOf('tasks:\n  - { id: new-task, prompt: A }\n'), null, null)).toMatchObject({
      edit: { phase: null, task: { id: 'new-task-2' } },
    });
  });
});

describe('a patch', () => {
  it('shows what differs with a few lines around, in hunks', () => {
    const before = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const after = before.with(2, 'two').toSpliced(25, 1);
    expect(patchOf(before.join('\n'), after.join('\n')).split('\n')).toEqual([
      ...['@@ -1,6 +1,6 @@', ' line 0', ' line 1', '-line 2', '+two', ' line 3', ' line 4', ' line 5'],
      ...['@@ -23,7 +23,6 @@', ' line 22', ' line 23', ' line 24', '-line 25', ' line 26', ' line 27', ' line 28', ''],
    ]);
    expect(patchOf('a', 'a')).toBe('');
    expect(patchOf('', 'a\nb')).toBe('@@ -1,0 +1,2 @@\n+a\n+b\n');
  });
});
