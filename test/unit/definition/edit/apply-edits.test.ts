import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../../../src/definition/edit/apply-edits.ts';
import type { Edit } from '../../../../src/definition/edit/edit.ts';
import { outlineOf } from '../../../../src/definition/edit/outline.ts';
import { YamlTree } from '../../../../src/definition/edit/yaml-tree.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { workflowFiles } from './corpus.ts';

const file = `# yaml-language-server: $schema=x
name: demo # the name

inputs:
  # what to look at
  path: { type: string }

phases:
  # First we look.
  - name: Look
    tasks:
      # Reads it all.
      - id: read
        profile: 'reader'   # cheap
        prompt: |
          Read \${{ inputs.path }}.

          Then say "tasks.read" twice.
        # timeout: 5m

      # Sums it up.
      - id: sum-up
        depends_on: [read] # needed
        prompt: >-
          Sum up \${{ tasks.read.output }}
          in one line.

          No more.
  - name: Act
    execution_mode: parallel
    tasks:
      - id: act
        when: tasks.sum_up.output != "" && tasks["sum-up"].output != "no"
        prompt: "Act on \${{ tasks.sum-up.output }}"
tracks:
  all: [read, sum-up]
`;
const read = ['phases', 0, 'tasks', 0];
const sumUp = ['phases', 0, 'tasks', 1];

/** The lines that are gone, and those that are new. */
function changes(before: string, after: string): { gone: string[]; come: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return { gone: old.filter((line) => !now.includes(line)), come: now.filter((line) => !old.includes(line)) };
}

function edit(...edits: Edit[]): { gone: string[]; come: string[]; text: string } {
  const text = applyEdits(file, edits);
  return { ...changes(file, text), text };
}

describe('an edit', () => {
  test('changes a prompt in the way that it is written, and nothing else', () => {
    expect(edit({ do: 'set', at: read, key: 'prompt', value: 'Read it.\n\n  Twice: #1\n' })).toMatchObject({
      gone: ['          Read ${{ inputs.path }}.', '          Then say "tasks.read" twice.'],
      come: ['          Read it.', '            Twice: #1'],
    });
    const folded = 'Sum up ${{ tasks.read.output }} in one line.\nMuch more.';
    expect(edit({ do: 'set', at: sumUp, key: 'prompt', value: folded })).toMatchObject({
      gone: ['          No more.'],
      come: ['          Much more.'],
    });
  });

  test('keeps quotes and the comment behind a value', () => {
    const { gone, come } = edit({ do: 'set', at: read, key: 'profile', value: 'a: b' });
    expect({ gone, come }).toEqual({
      gone: ["        profile: 'reader'   # cheap"],
      come: ["        profile: 'a: b'   # cheap"],
    });
    expect(
      edit({ do: 'set', at: sumUp, key: 'depends_on', value: ['read', { task: 'x', on: 'any_end' }] }).come,
    ).toEqual(['        depends_on: [read, { task: x, on: any_end }] # needed']);
  });

  test('puts a new key where the schema has it, and takes it away again to the byte', () => {
    const { come, text } = edit({ do: 'set', at: read, key: 'retry', value: { max_attempts: 3 } });
    expect(come).toEqual(['        retry:', '          max_attempts: 3']);
    expect(applyEdits(text, [{ do: 'unset', at: read, key: 'retry' }])).toBe(file);
  });

  test('renames a task with all that names it, however it is written', () => {
    const { gone, come } = edit({ do: 'rename-task', at: sumUp, id: 'gist' });
    expect(gone).toHaveLength(4);
    expect(come).toEqual([
      '      - id: gist',
      '        when: tasks.gist.output != "" && tasks["gist"].output != "no"',
      '        prompt: "Act on ${{ tasks.gist.output }}"',
      '  all: [read, gist]',
    ]);
    expect(edit({ do: 'rename-task', at: read, id: 'look-at' }).come).toEqual([
      '      - id: look-at',
      '        depends_on: [look-at] # needed',
      '          Sum up ${{ tasks.look_at.output }}',
      '  all: [look-at, sum-up]',
    ]);
  });

  test('has what names a task without an id follow when its phase is renamed', () => {
    const text = `phases:\n  - name: One\n    tasks:\n      - profile: coder\n        prompt: a\n  - name: Two\n    tasks:\n      - id: b\n        prompt: \${{ tasks["one.coder"].output }} # c\n        depends_on: [one.coder]\n`;
    expect(
      changes(text, applyEdits(text, [{ do: 'set', at: ['phases', 0], key: 'name', value: 'Start' }])).come,
    ).toEqual([
      '  - name: Start',
      '        prompt: ${{ tasks["start.coder"].output }} # c',
      '        depends_on: [start.coder]',
    ]);
  });

  test('removes a task with its own comments and with what waited for it, and leaves those of its neighbours', () => {
    const { gone, come } = edit({ do: 'remove-task', at: read });
    expect(come).toEqual(['  all: [sum-up]']);
    expect(gone).toContain('      # Reads it all.');
    expect(gone).toContain('        # timeout: 5m');
    expect(gone).toContain('        depends_on: [read] # needed');
    expect(gone).not.toContain('      # Sums it up.');
    expect(gone).not.toContain('  # First we look.');
  });

  test.each([
    ['lines', ['depends_on:', '      - gone # a', '      - gone', '      - b', '', '      - gone']],
    ['brackets', ['depends_on: [gone, gone, b, gone]']],
    ['nested entries', ['dependencies: [{ task: gone }, b]', 'depends_on: [gone]']],
    ['nothing else', ['depends_on:', '      - task: gone', '        when: ok', '      - gone']],
  ])('forgets a task that is gone wherever it is named: %s', (_, lines) => {
    const text = `tasks:\n  - id: gone\n    prompt: x\n  - id: b\n    prompt: x\n  - ${lines.join('\n    ')}\n    id: c\ntracks:\n  one: [gone]\n  two:\n    - gone\n`;
    const after = applyEdits(text, [{ do: 'remove-task', at: ['tasks', 0] }]);
    expect(after).not.toContain('gone');
    const value = new YamlTree(after, 'x').value as JsonObject;
    expect(value['tracks']).toEqual({});
    expect(/- b|\[b\]/.test(after)).toBe(/- b|\bb\b/.test(lines.join(' ')));
  });

  test('is made at once, however many tasks name the one that is renamed or removed', () => {
    // Read anew for each of them, it would be far above what may be read.
    const many = Array.from(
      { length: 400 },
      (_, at) => `  - id: t${at}\n    depends_on: [a]\n    prompt: "\\u0024{{ tasks.a.output }}"\n`,
    );
    const text = `tasks:\n  - id: a\n    prompt: x\n${many.join('')}`;
    const renamed = applyEdits(text, [{ do: 'rename-task', at: ['tasks', 0], id: 'b' }]);
    expect(renamed.match(/\bb\b/g)).toHaveLength(801);
    expect(applyEdits(text, [{ do: 'remove-task', at: ['tasks', 0] }])).not.toContain('depends_on');
  });

  test('is refused where it would read a long text again and again', () => {
    const text = `name: x\ntasks:\n  - id: a\n    depends_on: [b]\n    prompt: x\n`;
    const other = Array.from({ length: 2000 }, (_, at) => `c${at}`);
    const edit: Edit = { do: 'set', at: ['tasks', 0], key: 'depends_on', value: other };
    expect(() => applyEdits(text, [edit])).toThrow(/too many changes of so long a text/);
  });

  test('gives no task the id of another one', () => {
    for (const edit of [
      { do: 'rename-task', at: ['tasks', 0], id: 'b' },
      { do: 'set', at: ['tasks', 0], key: 'id', value: 'b' },
    ] satisfies Edit[])
      expect(() => applyEdits('tasks:\n  - id: a\n  - id: b\n', [edit])).toThrow('there is a task "b" already');
  });

  test('moves a task with its comments into another phase, and back', () => {
    const { text } = edit({ do: 'move-task', at: sumUp, phase: 1, index: 0 });
    expect(text).toContain(
      '    tasks:\n      # Sums it up.\n      - id: sum-up\n        depends_on: [read] # needed\n',
    );
    expect(text).toContain('        # timeout: 5m\n');
    expect(outlineOf(text).tasks.map(({ id, phase }) => `${phase} ${id}`)).toEqual(['0 read', '1 sum-up', '1 act']);
    const back = applyEdits(text, [{ do: 'move-task', at: ['phases', 1, 'tasks', 0], phase: 0, index: 1 }]);
    expect(new YamlTree(back, 'x').value).toEqual(new YamlTree(file, 'x').value);
  });

  test('adds tasks, phases and dependencies to a text that has none', () => {
    const text = applyEdits('', [
      { do: 'add-task', phase: null, task: { prompt: 'a\nb', id: 'one' } },
      { do: 'add-task', phase: null, task: { id: 'two', prompt: '# no comment' } },
      { do: 'connect', at: ['tasks', 1], task: 'one' },
      { do: 'connect', at: ['tasks', 1], task: 'one' },
      { do: 'add-phase', phase: { tasks: [{ id: 'three', prompt: 'x' }], name: 'P' } },
      { do: 'set', at: [], key: 'name', value: 'new' },
    ]);
    expect(new YamlTree(text, 'x').value).toEqual({
      name: 'new',
      phases: [{ name: 'P', tasks: [{ id: 'three', prompt: 'x' }] }],
      tasks: [
        { id: 'one', prompt: 'a\nb' },
        { id: 'two', prompt: '# no comment', depends_on: ['one'] },
      ],
    });
    const without = applyEdits(text, [{ do: 'disconnect', at: ['tasks', 1], task: 'one' }]);
    expect(without).not.toContain('depends_on');
  });

  test.each([
    ['CRLF', file.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${file}`],
    ['no line break at its end', file.trimEnd()],
    ['letters beyond ASCII', file.replace('Look', 'Größe 🐝')],
  ])('leaves a text with %s as it is', (_, text) => {
    const added = applyEdits(text, [
      { do: 'set', at: read, key: 'model', value: 'größer' },
      { do: 'add-task', phase: 1, task: { id: 'last', prompt: 'a\nb\n' } },
    ]);
    expect(added.includes('\r\n') && /[^\r]\n/.test(added)).toBe(false);
    const back = applyEdits(added, [
      { do: 'unset', at: read, key: 'model' },
      { do: 'remove-task', at: ['phases', 1, 'tasks', 1] },
    ]);
    expect(back.trimEnd()).toBe(text.trimEnd());
  });

  test.each<[string, string, Edit]>([
    ['another format', 'tasks: [{ agentName: a, prompt: x }]\nworkflowName: x\n', { do: 'unset', at: [], key: 'name' }],
    ['JSON', '{ "tasks": [{ "id": "a", "prompt": "x" }] }', { do: 'unset', at: ['tasks', 0], key: 'id' }],
    ['a place that is not there', file, { do: 'remove-task', at: ['tasks', 7] }],
    ['a key that no task has', file, { do: 'set', at: read, key: 'colour', value: 'red' }],
    ['a path that is none', file, { do: 'remove-task', at: ['inputs', 'path'] }],
  ])('is refused for %s', (_, text, refused) => {
    expect(() => applyEdits(text, [refused])).toThrow(/^(?:this is|there is no)/);
  });

  test('is not made in hostile text: the same is refused as of a file', () => {
    expect(() => applyEdits('a: &x 1\ntasks: [*x]\n', [{ do: 'unset', at: [], key: 'a' }])).toThrow(/anchors/);
    expect(() => applyEdits(`tasks: ${'['.repeat(100)}`, [{ do: 'unset', at: [], key: 'a' }])).toThrow(/nested deeper/);
    const proto = 'tasks:\n  - id: a\n    __proto__: { x: 1 }\n    prompt: b\n';
    expect(applyEdits(proto, [{ do: 'set', at: ['tasks', 0], key: 'prompt', value: 'c' }])).toBe(
      proto.replace(' b', ' c'),
    );
  });
});

describe('every workflow file of the repository', () => {
  const files = workflowFiles();

  test('is found', () => expect(files.length).toBeGreaterThan(100));

  test('keeps its plan when an edit of each kind is made and undone, and all comments of what stays', () => {
    for (const [at, { file: name, text }] of files.entries()) {
      const before = new YamlTree(text, name).value as JsonObject;
      const pairs = pairsOf(text, before);
      // All kinds on every example and template; on the others, of which there are many, one in turn.
      const isWhole = /^(?:examples|templates)/.test(name);
      for (const [made, undone] of isWhole ? pairs : [pairs[at % pairs.length]!]) {
        const after = applyEdits(text, made, name);
        expect(after, name).not.toBe(text);
        const back = applyEdits(after, undone, name);
        expect(new YamlTree(back, name).value, `${name} ${JSON.stringify(made)}`).toEqual(before);
        expect(commentsOf(back), name).toEqual(commentsOf(text));
      }
    }
  });
});

function commentsOf(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /(?:^|\s)#.*$/.exec(line)?.[0].trim() ?? [])
    .toSorted();
}

/** Edits of each kind on the file's tasks, each with what undoes it. */
function pairsOf(text: string, value: JsonObject): [Edit[], Edit[]][] {
  const { tasks, phases } = outlineOf(text);
  const task = tasks[Math.floor(tasks.length / 2)];
  const pairs: [Edit[], Edit[]][] = [];
  const key = (at: (string | number)[], name: string, other: string | JsonObject, values: JsonObject): void => {
    const old = values[name];
    const undo: Edit = old === undefined ? { do: 'unset', at, key: name } : { do: 'set', at, key: name, value: old };
    pairs.push([[{ do: 'set', at, key: name, value: other }], [undo]]);
  };
  key([], 'description', 'Another: one # with\nlines', value);
  if (phases[0] && typeof phases[0].name === 'string') key(phases[0].at, 'name', 'Another phase', phases[0].values);
  if (!task) return pairs;
  const { at, phase, values, id, isNamed } = task;
  const index = Number(at.at(-1));
  key(at, 'prompt', 'Other\n\n  text: # x\n', values);
  key(at, 'limits', { usd: 1.5, tokens: 77 }, values);
  if (isNamed) pairs.push([[{ do: 'rename-task', at, id: `${id}_x` }], [{ do: 'rename-task', at, id }]]);
  pairs.push([
    [{ do: 'add-task', phase, index, task: { id: 'new-one', prompt: 'a\nb' } }],
    [{ do: 'remove-task', at }],
  ]);
  const other = tasks.find((each) => each.phase === phase && each !== task);
  if (!other) return pairs;
  pairs.push([
    [{ do: 'move-task', at, phase, index: Number(other.at.at(-1)) }],
    [{ do: 'move-task', at: other.at, phase, index }],
  ]);
  if (!JSON.stringify(values).includes(`"${other.id}"`))
    pairs.push([[{ do: 'connect', at, task: other.id }], [{ do: 'disconnect', at, task: other.id }]]);
  return pairs;
}
