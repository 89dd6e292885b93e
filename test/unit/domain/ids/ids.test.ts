import { describe, expect, it } from 'vitest';
import { toChildId, workOfChild } from '../../../../src/domain/ids/child-id.ts';
import {
  contextOf,
  isInstanceId,
  parseInstanceId,
  taskIdPattern,
  toInstance,
  toInstanceId,
} from '../../../../src/domain/ids/execution-id.ts';
import { modelKey, parseModelKey, parseUndo, toolKey, undoKey } from '../../../../src/domain/ids/journal-key.ts';
import { parseRequestId, toRequestId } from '../../../../src/domain/ids/request-id.ts';
import type { RequestSubject } from '../../../../src/domain/ids/request-id.ts';
import {
  isHelper,
  isUndoing,
  ownerOf,
  parseHelperId,
  planTaskId,
  toHelperId,
} from '../../../../src/domain/ids/worker-id.ts';
import { fc, runs } from '../../../support/base/properties.ts';

const planTask = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
const name = fc.oneof(planTask, fc.constantFrom('Write the tests', 'team:review', 'undo', 'help:me', 'über', 'task-1'));
const instance = fc.record({
  task: name,
  item: fc.option(fc.nat({ max: 100_000 })),
  iteration: fc.integer({ min: 1, max: 100_000 }),
});
const execution = instance.map(toInstanceId);
const worker = fc
  .tuple(execution, fc.array(fc.option(fc.nat()), { maxLength: 2 }))
  .map(([id, helpers]) =>
    helpers.reduce<string>(
      (of, number) => toHelperId(number === null ? { kind: 'undo', of } : { kind: 'help', number, of }),
      id,
    ),
  );
const step = fc.record({ taskId: worker, attempt: fc.nat(), turn: fc.nat(), epoch: fc.nat() });
const toolUse = fc.oneof(fc.stringMatching(/^toolu_[A-Za-z0-9]{1,10}$/), fc.string({ minLength: 1 }));
const request: fc.Arbitrary<RequestSubject> = fc
  .tuple(step, toolUse, fc.constantFrom('before', 'after', 'budget', 'provider', 'loop', 'tool', 'blocker'))
  .map(([{ taskId, attempt, turn }, toolUseId, kind]) => {
    if (kind === 'before') return { kind, taskId };
    if (kind === 'after') return { kind, taskId, attempt };
    if (kind === 'tool' || kind === 'blocker') return { kind, taskId, attempt, turn, toolUseId };
    return { kind, taskId, attempt, turn };
  });

/** Texts that look like ids, right and wrong ones. */
const nearly = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'b.c',
        'undo:',
        'help:',
        'help:1:',
        'help:01:',
        '[',
        ']',
        '[0]',
        '[01]',
        '#',
        '#1',
        '#2',
        '#02',
        '~',
        '~1',
      ],
      ...['~01', '/', '/0', '/1', '/00', 'before/', 'after/', 'tool/', 'loop/', 'toolu_1', ' ', '\n', ''],
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** What parses is exactly what would have been built: nothing else is taken for an id. */
function agrees<Value>(text: string, parse: (text: string) => Value | null, build: (value: Value) => string): void {
  const value = parse(text);
  if (value !== null) expect(build(value)).toBe(text);
}

function orNull<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch {
    return null;
  }
}

describe('ids', () => {
  it('stand as they always did', () => {
    const build = { taskId: 'build[0]#2', attempt: 3, turn: 4, epoch: 1 };
    expect(toInstanceId({ task: 'build', item: null, iteration: 1 })).toBe('build');
    expect(toInstanceId({ task: 'build', item: 0, iteration: 2 })).toBe('build[0]#2');
    expect(modelKey(build)).toBe('build[0]#2~3/4/1');
    expect(toolKey(build, 'toolu_1')).toBe('build[0]#2~3/4/toolu_1/1');
    expect(undoKey({ taskId: 'build', epoch: 0, tried: 0 })).toBe('undo:build/0');
    expect(undoKey({ taskId: 'build', epoch: 0, tried: 2 })).toBe('undo:build/0/2');
    expect(toHelperId({ kind: 'help', number: 7, of: 'undo:build' })).toBe('help:7:undo:build');
    expect(toRequestId({ kind: 'before', taskId: 'build' })).toBe('before/build');
    expect(toRequestId({ kind: 'after', taskId: 'build', attempt: 1 })).toBe('after/build~1');
    expect(toRequestId({ kind: 'conflict', taskId: 'build', times: 2 })).toBe('conflict/build~2');
    expect(toRequestId({ ...build, kind: 'loop' })).toBe('loop/build[0]#2~3/4');
    expect(toRequestId({ ...build, kind: 'tool', toolUseId: 'toolu_1' })).toBe('tool/build[0]#2~3/4/toolu_1');
    expect(toChildId('nightly', 'build', 1)).toBe('nightly/build');
    expect(workOfChild(toChildId('nightly', 'build', 2))).toBe('build~2');
    expect(contextOf({ id: 'build', context: 'build' }, 3)).toBe('build[3]');
    expect(contextOf({ id: 'build', context: 'shared' }, 3)).toBe('shared');
  });

  it('come back from their text', () => {
    fc.assert(
      fc.property(instance, step, request, (execution, key, subject) => {
        expect(parseInstanceId(toInstanceId(execution))).toEqual(execution);
        expect(parseModelKey(modelKey(key))).toEqual(key);
        expect(parseRequestId(toRequestId(subject))).toEqual(subject);
      }),
    );
    fc.assert(
      fc.property(worker, fc.nat(), (of, number) => {
        expect(parseHelperId(toHelperId({ kind: 'undo', of }))).toEqual({ kind: 'undo', of });
        expect(parseHelperId(toHelperId({ kind: 'help', number, of }))).toEqual({ kind: 'help', number, of });
      }),
    );
  });

  it('are nothing but what would be built', () => {
    const parsers: ((text: string) => void)[] = [
      (text) => agrees(text, (id) => orNull(() => parseInstanceId(id)), toInstanceId),
      (text) => agrees(text, (id) => orNull(() => parseModelKey(id)), modelKey),
      (text) => agrees(text, parseHelperId, toHelperId),
      (text) => agrees(text, parseRequestId, toRequestId),
    ];
    const text = fc.oneof(nearly, worker, request.map(toRequestId), step.map(modelKey), fc.string());
    fc.assert(
      fc.property(text, (one) => parsers.forEach((parse) => parse(one))),
      runs(2000),
    );
  });

  it.each([
    ...['', 'undo:cleanup', 'undo:', 'help:1:build', 'help:12:', 'a/b', 'a~1', 'a[', 'a[x]', 'a[01]', 'a[0][1]', '[0]'],
    ...['a#', 'a#1', 'a#02', '#2', 'a#2[0]', 'a\nb', 'before/a', 'tool/a~1/1/t'],
  ])('do not stand for an execution: %j', (id) => {
    expect(isInstanceId(id)).toBe(false);
    expect(() => parseInstanceId(id)).toThrow(/^not the id of a task/);
    expect(toInstance(id)).toEqual({ task: id, item: null, iteration: 1 });
  });

  it('of tasks of a plan are executions too', () => {
    fc.assert(
      fc.property(planTask, (id) => {
        expect(id).toMatch(taskIdPattern);
        expect(parseInstanceId(id)).toEqual({ task: id, item: null, iteration: 1 });
      }),
    );
  });

  it('of helpers lead to the execution that they work for', () => {
    fc.assert(
      fc.property(execution, worker, fc.nat(), (id, of, number) => {
        expect([isHelper(id), isUndoing(id), ownerOf(id)]).toEqual([false, false, id]);
        const [undo, help] = [toHelperId({ kind: 'undo', of }), toHelperId({ kind: 'help', number, of })];
        expect([isHelper(undo), isHelper(help)]).toEqual([true, true]);
        expect([isUndoing(undo), isUndoing(help)]).toEqual([true, isUndoing(of)]);
        expect([ownerOf(undo), ownerOf(help)]).toEqual([ownerOf(of), ownerOf(of)]);
      }),
    );
    expect(['build[2]#3', 'undo:build[2]', 'help:1:undo:build'].map(planTaskId)).toEqual(['build', 'build', 'build']);
  });

  it('of undoing are told from all other keys', () => {
    const step = { attempt: 2, turn: 1, epoch: 0 };
    expect(parseUndo('undo:build[0]/0')).toEqual({ taskId: 'build[0]', attempt: null });
    expect(parseUndo('undo:build[0]/0/3')).toEqual({ taskId: 'build[0]', attempt: null });
    expect(parseUndo(modelKey({ taskId: 'undo:build', ...step }))).toEqual({ taskId: 'build', attempt: 2 });
    expect(parseUndo(toolKey({ taskId: 'undo:build', ...step }, 'a/b'))).toEqual({ taskId: 'build', attempt: 2 });
    expect(['build~1/1/0', 'help:1:undo:build~1/1/0', 'undo:/0', 'undo:build', 'undo:build/x'].map(parseUndo)).toEqual(
      Array.from({ length: 5 }, () => null),
    );
  });
});
