import { describe, expect, it } from 'vitest';
import { answerCommand } from '../../../../src/domain/run/answer-command.ts';
import { waitText } from '../../../../src/client/follow/wait-text.ts';
import type { Wait } from '../../../../src/domain/run/waits.ts';

function one(over: Partial<Wait> = {}): Wait {
  return {
    ...{ id: 'before/build', cause: 'approval', taskId: 'build', what: 'start of build', detail: 'Build it.' },
    ...{ since: '2026-11-21T10:00:00Z', deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true },
    ...over,
  };
}

describe('answerCommand', () => {
  it('needs no id for the only one of its kind', () => {
    const approval = one();
    const blocker = one({ id: 'blocker/x', cause: 'blocker', taskId: 'plan' });
    expect(answerCommand('r', approval, [approval, blocker])).toBe('gaffer approve r');
    expect(answerCommand('r', blocker, [approval, blocker])).toBe('gaffer answer r TEXT');
  });

  it('names the task where others wait too, and the id where others of the task do', () => {
    const first = one();
    const second = one({ id: 'tool/ship[1]~1/2/t1', taskId: 'ship[1]' });
    const third = one({ id: 'tool/ship[1]~1/2/t2', taskId: 'ship[1]' });
    expect(answerCommand('r', first, [first, second])).toBe('gaffer approve r build');
    expect(answerCommand('r', second, [first, second])).toBe("gaffer approve r 'ship[1]'");
    expect(answerCommand('r', third, [first, second, third])).toBe("gaffer approve r 'tool/ship[1]~1/2/t2'");
  });

  it.each([
    [one({ asks: ['lead'] }), 'gaffer approve r --as lead'],
    [one({ cause: 'budget', id: null }), 'gaffer resume r --usd AMOUNT'],
    [one({ cause: 'budget', limit: { scope: 'run', unit: 'usd' } }), 'gaffer resume r --usd AMOUNT'],
    [one({ cause: 'budget', limit: { scope: 'run', unit: 'tokens' } }), 'gaffer resume r --tokens COUNT'],
    [one({ cause: 'budget', limit: { scope: 'speed', unit: 'usd' } }), 'gaffer limits r --usd-per-minute AMOUNT'],
    [
      one({ cause: 'budget', taskId: 'build[2]', limit: { scope: 'task/build', unit: 'usd' } }),
      'gaffer resume r --task build --usd AMOUNT',
    ],
    [
      one({ cause: 'budget', limit: { scope: 'phase/Do it/twice', unit: 'tokens' } }),
      "gaffer resume r --phase 'Do it/twice' --tokens COUNT",
    ],
    [one({ cause: 'provider', id: null }), 'gaffer resume r'],
    [one({ cause: 'paused', id: null, taskId: null }), 'gaffer resume r'],
  ])('says how it goes on: %#', (waiting, expected) => {
    expect(answerCommand('r', waiting, [waiting])).toBe(expected);
  });
});

describe('waitText', () => {
  it('says who waits for what, for whom, how many are missing and until when', () => {
    const text = waitText(one({ asks: ['lead', 'boss'], needed: 2, approvedBy: ['ann'] }));
    expect(text).toBe('build waits for an approval: start of build (by lead or boss, 1 of 2 so far)');
    expect(waitText(one({ taskId: null, cause: 'paused', what: 'lunch' }))).toBe(
      'the run waits for somebody to resume it: lunch',
    );
  });

  it('lets no text of an agent reach the terminal as it is', () => {
    expect(waitText(one({ what: 'bash \u001b[2J\nrm' }))).not.toMatch(/[\u001b\n]/);
  });
});
