import { describe, expect, it } from 'vitest';
import { choose, chooseAnswer } from '../../../../src/client/control/choose-waiting.ts';
import { checkRole } from '../../../../src/cli/commands/decide.ts';
import type { WaitingAnswer } from '../../../../src/contracts/waiting.ts';

function waiting(id: string, taskId: string, cause: 'approval' | 'blocker' = 'approval'): WaitingAnswer[number] {
  const about = {
    what: `what of ${taskId}`,
    detail: '',
    approval: null,
    since: '2026-11-21T10:00:00Z',
    deadline: null,
  };
  return { id, taskId, cause, ...about };
}

const list = [
  waiting('before/build', 'build'),
  waiting('tool/ship~1/3/t1', 'ship'),
  waiting('tool/ship~1/3/t2', 'ship'),
  waiting('blocker/plan~1/1/t3', 'plan', 'blocker'),
];

describe('choose', () => {
  it('takes the only one that waits', () => {
    expect(choose(list, 'blocker', undefined, 'r').taskId).toBe('plan');
  });

  it.each([
    ['before/build', 'before/build'],
    ['build', 'before/build'],
    ['tool/ship~1/3/t2', 'tool/ship~1/3/t2'],
  ])('finds %s by its whole id or its task', (wanted, id) => {
    expect(choose(list, 'approval', wanted, 'r').id).toBe(id);
  });

  it.each(['test', 'late', 'before', 'latest', 'before/latest', 'LATEST-RELEASE', 'latest-release ', '', '/', '~'])(
    'takes "%s" for no name, and says what there is',
    (wanted) => {
      const waits = [
        waiting('before/latest-release', 'latest-release'),
        waiting('blocker/test~1/1/t', 'test', 'blocker'),
      ];
      expect(() => choose(waits, 'approval', wanted, 'r')).toThrow(
        /^no approval is called .*; waiting: latest-release\.$/,
      );
    },
  );

  it('takes a word that is the id of one and the task of another for the id', () => {
    const waits = [waiting('gate', 'one'), waiting('second', 'gate')];
    expect(choose(waits, 'approval', 'gate', 'r').taskId).toBe('one');
  });

  it('names by their ids what waits for one task, and ten at most', () => {
    expect(() => choose(list, 'approval', 'x', 'r')).toThrow('waiting: build, tool/ship~1/3/t1, tool/ship~1/3/t2.');
    const many = Array.from({ length: 12 }, (_, at) => waiting(`before/t${at}`, `t${at}`));
    expect(() => choose(many, 'approval', 'x', 'r')).toThrow('waiting: t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ….');
  });

  it('lists them when several could be meant', () => {
    expect(() => choose(list, 'approval', undefined, 'r')).toThrow('several wait');
    expect(() => choose(list, 'approval', 'ship', 'r')).toThrow('tool/ship~1/3/t2');
  });

  it('says what waits instead when nothing of that kind does', () => {
    expect(() => choose(list.slice(3), 'approval', undefined, 'r')).toThrow('plan waits for an answer');
    expect(() => choose([], 'approval', 'x', 'r')).toThrow('Nothing of r waits');
  });
});

describe('chooseAnswer', () => {
  const first = { by: 'ann', at: '2026-11-21T10:05:00Z', text: 'port 8080' };
  const b1 = { id: 'blocker/b1~1/1/t1', taskId: 'b1', answered: first };
  const b2 = waiting('blocker/b2~1/1/t2', 'b2', 'blocker');
  const b11 = waiting('blocker/b11~1/1/t3', 'b11', 'blocker');
  const told = {
    blockers: [b1, { id: b2.id, taskId: 'b2', answered: null }],
    taskIds: new Set(['b1', 'b2', 'b11', 'b3', 'deploy']),
  };
  const meant = (words: string, ...open: WaitingAnswer) =>
    chooseAnswer(words.split(' '), { waiting: open, told, runId: 'r' });

  it('gives an answer to the task or the id that it names', () => {
    expect(meant('b2 port 90', b2, b11)).toMatchObject({ id: b2.id, text: 'port 90', answered: null });
    expect(meant(`${b2.id} port 90`, b2, b11)).toMatchObject({ id: b2.id, text: 'port 90' });
  });

  it.each(['b', 'blocker', 'b2~1', 't2', 'b2~', 'B2', 'b2:', 'not', 'no', '1'])(
    'takes "%s" for the first word of the answer, as it is a part of an id at most',
    (word) => {
      const notify = waiting('blocker/notify~1/1/t2', 'notify', 'blocker');
      expect(meant(`${word} today please`, notify)).toMatchObject({ id: notify.id, text: `${word} today please` });
      expect(meant(`${word} today please`, b2)).toMatchObject({ id: b2.id, text: `${word} today please` });
      expect(() => meant(`${word} today please`, b2, b11)).toThrow('several wait for an answer');
    },
  );

  it('takes no name for an answer where nothing else is said', () => {
    expect(() => meant('b2', b2)).toThrow(
      '`gaffer answer r b2 TEXT`. Where the answer is that word: `gaffer answer r b2 b2`.',
    );
    expect(() => meant('b1', b2)).toThrow('says whom an answer is for');
    expect(meant('deploy', b2)).toMatchObject({ id: b2.id, text: 'deploy' });
  });

  it('takes words that name nothing for the answer itself', () => {
    expect(meant('use port 90', b2)).toMatchObject({ id: b2.id, text: 'use port 90' });
  });

  it.each(['b1', b1.id])('takes %s for the blocker that was answered before, whatever else waits', (name) => {
    expect(meant(`${name} port 8080`, b2)).toEqual({ ...b1, text: 'port 8080' });
    expect(meant(`${name} port 90`, b2, b11)).toEqual({ ...b1, text: 'port 90' });
    expect(meant(`${name} port 90`)).toEqual({ ...b1, text: 'port 90' });
  });

  it('refuses a task that waits for no answer, and says how such a word begins an answer', () => {
    expect(() => meant('b3 port 90', b2)).toThrow(/no blocked agent is called b3; waiting: b2\..*in quotes/);
    expect(() => meant('deploy it now', waiting('tool/deploy~1/1/t', 'deploy'))).toThrow('waits for an approval');
  });

  it('takes the same answer again without a name, and tells who answered where it is another one', () => {
    expect(meant('port 8080')).toEqual({ ...b1, text: 'port 8080' });
    expect(() => meant('something else')).toThrow(/b1 was answered already, by ann at 2026-11-21T10:05:00Z: port 8080/);
  });
});

describe('checkRole', () => {
  const approval = { by: ['lead', 'owner'], needed: 1, deadlineMs: null, remindMs: null, onTimeout: 'halt' as const };
  const one = {
    ...waiting('before/build', 'build'),
    approval: { ...approval, escalate: { afterMs: 1, to: ['boss'] } },
  };

  it.each(['lead', 'owner', 'boss'])('lets the role %s decide, now or after the escalation', (role) => {
    expect(() => checkRole(one, role)).not.toThrow();
  });

  it('says how to name the role', () => {
    expect(() => checkRole(one, undefined)).toThrow(
      'is decided in the role lead or owner: if you have it, add --as lead or --as owner',
    );
    expect(() => checkRole(one, 'cook')).toThrow('not cook');
  });

  it('asks for none where anybody may decide', () => {
    expect(() => checkRole(waiting('before/build', 'build'), undefined)).not.toThrow();
    expect(() => checkRole(null, undefined)).not.toThrow();
  });
});
