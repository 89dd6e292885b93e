import { describe, expect, it } from 'vitest';
import { referencesOf } from '../../../../src/store/task/task-scope.ts';

describe('referencesOf', () => {
  it.each([
    ['tasks.a.status == "failed"', [['a', false]]],
    [
      'tasks.a.output.score > 3 && tasks.b.summary != ""',
      [
        ['a', true],
        ['b', false],
      ],
    ],
    ['tasks.a.status == "x" || tasks.a.output', [['a', true]]],
    ['tasks.a . summary', [['a', false]]],
    ['tasks["a-b"].status', [['a-b', true]]],
    ['tasks.a', [['a', true]]],
    ['"tasks.a.output"', []],
    ['inputs.tasks.a', []],
  ])('of %s', (source, tasks) => {
    expect([...(referencesOf([source]).tasks ?? [])]).toEqual(tasks);
  });

  it.each(['tasks.exists(id, tasks[id].status == "failed")', 'tasks[inputs.name].output', 'size(tasks)'])(
    'takes all tasks when %s chooses among them',
    (source) => {
      expect(referencesOf([source]).tasks).toBeNull();
    },
  );

  it('joins what several expressions name', () => {
    const found = referencesOf(['tasks.a.status', 'size(issues)', 'tasks.a.output', 'item']);
    expect(found).toEqual({ tasks: new Map([['a', true]]), issues: true, state: new Set(), previous: false });
    expect(referencesOf(['state.count + state["a/b"]']).state).toEqual(new Set(['count', 'a/b']));
    expect(referencesOf(['state.count', 'size(state)']).state).toBeNull();
  });
});
