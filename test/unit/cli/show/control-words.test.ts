import { describe, expect, it } from 'vitest';
import { exhaustedBy, shortLimits } from '../../../../src/client/control/short-limits.ts';
import { limitLines, pausedLine, resumedLines } from '../../../../src/cli/show/control-words.ts';
import type { WaitingAnswer } from '../../../../src/contracts/waiting.ts';
import type { Wait } from '../../../../src/domain/run/waits.ts';

type Waiting = WaitingAnswer[number];

function budget(taskId: string, { scope = 'run', unit = 'usd' as 'usd' | 'tokens', asked = 0.1279 } = {}): Waiting {
  const limit = { scope, unit, limit: 0.2, spent: 0.1227, reserved: 0, asked, freeAt: null };
  const about = { what: '', detail: '', approval: null, since: '2026-11-21T10:00:00Z', deadline: null };
  return { id: `budget/${taskId}`, taskId, cause: 'budget', limit, ...about };
}

const release: Wait = {
  ...{ id: 'before/release', cause: 'approval', taskId: 'release', what: 'start', detail: '' },
  ...{ since: '2026-11-21T10:00:00Z', deadline: null, asks: [], approvedBy: [], needed: 1, isForPerson: true },
};

describe('shortLimits', () => {
  const run = (limit: number) => ({ scope: 'run', unit: 'usd' as const, limit, spent: 0.1227 });

  it.each([
    ['no limit is in the way any more', [budget('two')], [run(1)], []],
    ['the limit is still too low', [budget('two')], [run(0.21)], [['two', 'run', 0.26]]],
    ['the limit is just enough', [budget('two')], [run(0.26)], []],
    [
      'that of the task is too low, and that of the run was raised',
      [budget('two[3]', { scope: 'task/two' })],
      [run(5), { scope: 'task/two', unit: 'usd' as const, limit: 0.2, spent: 0.15 }],
      [['two[3]', 'task/two', 0.28]],
    ],
    [
      'money was raised, and tokens are used up',
      [budget('two')],
      [run(5), { scope: 'run', unit: 'tokens' as const, limit: 900, spent: 1000 }],
      [['two', 'run', 1000]],
    ],
    ['speed alone is in the way', [budget('two', { scope: 'speed' })], [run(0.1)], []],
    ['somebody waits for an approval', [{ ...budget('two'), cause: 'approval' as const }], [run(0.1)], []],
  ])('where %s', (_what, waiting, limits, short) => {
    expect(shortLimits(waiting, limits).map(({ taskId, scope, needed }) => [taskId, scope, needed])).toEqual(short);
  });
});

describe('exhaustedBy', () => {
  const limits = [
    { scope: 'run', unit: 'usd' as const, limit: 0.1, spent: 0.2 },
    { scope: 'task/a', unit: 'tokens' as const, limit: 10, spent: 20 },
  ];
  it.each([
    [{ usd: 0.1 }, ['run']],
    [{ tokens: 5 }, []],
    [{ task: 'a[1]', tokens: 10 }, ['task/a']],
    [{ task: 'b', tokens: 10 }, []],
    [{ maxParallel: 1 }, []],
  ])('%j', (changed, scopes) => {
    expect(exhaustedBy(changed, limits).map(({ scope }) => scope)).toEqual(scopes);
  });
});

describe('what a verb says', () => {
  const short = shortLimits([budget('two')], [{ scope: 'run', unit: 'usd', limit: 0.21, spent: 0.1227 }]);
  const nothing = { runId: 'r', short: [], waits: [] };
  const tooLow = [
    '? two still waits for a higher limit: that of the run is $0.21, and takes $0.26',
    '  gaffer resume r --usd 0.26',
  ];
  const asked = ['? release waits for an approval: start', '  gaffer approve r'];
  const held = { wasHeld: true, isAtWork: true, changed: null, exhausted: [], waitsThen: true };
  const spent = [{ scope: 'run', unit: 'usd' as const, limit: 0.01, spent: 0.0512 }];

  it.each([
    ['paused', nothing, held, ['r resumed']],
    [
      'paused, with an approval open',
      { ...nothing, waits: [release] },
      held,
      ['r resumed, but something waits', ...asked],
    ],
    [
      'over its limit, which is still too low',
      { ...nothing, short },
      { ...held, isAtWork: false, changed: '$0.21' },
      ['r stands still, as something waits', ...tooLow],
    ],
    ['over its limit, while others work', { ...nothing, short }, held, ['r resumed, but something waits', ...tooLow]],
    [
      'at work, and gets another limit',
      nothing,
      { ...held, wasHeld: false, changed: '$5' },
      ['r: $5; nothing of it waited for that'],
    ],
    [
      'waiting for people, and gets another limit',
      { ...nothing, waits: [release] },
      { ...held, wasHeld: false, isAtWork: false, changed: '$5' },
      ['r: $5; nothing of it waited for that', ...asked],
    ],
    [
      'paused, and has spent its limit meanwhile',
      nothing,
      { ...held, exhausted: spent },
      [
        'r resumed, but something waits',
        '! that of the run: $0.0512 are spent already, so its next call waits for a higher one',
      ],
    ],
  ])('resume of a run that is %s', (_state, still, facts, lines) => {
    expect(resumedLines(still, facts)).toEqual(lines);
  });

  const changed = { changed: '$0.01', exhausted: [], waitsThen: true, timeout: null };
  it.each([
    ['enough', changed, nothing, ['r: $0.01']],
    [
      'below what is spent, where calls wait',
      { ...changed, exhausted: spent },
      nothing,
      ['r: $0.01', '! that of the run: $0.0512 are spent already, so its next call waits for a higher one'],
    ],
    [
      'below what is spent, where it ends the run',
      { ...changed, exhausted: spent, waitsThen: false },
      nothing,
      ['r: $0.01', '! that of the run: $0.0512 are spent already, so its next call ends the run as stopped'],
    ],
    [
      'a shorter time than it runs',
      { ...changed, timeout: { limitMs: 1000, sinceMs: 190_000 } },
      nothing,
      ['r: $0.01', '! it began 3:10 ago: it ends at once, unless it waited for most of that time'],
    ],
    ['still too low for who waits', changed, { ...nothing, short }, ['r: $0.01', ...tooLow]],
  ])('limits that are %s', (_state, facts, still, lines) => {
    expect(limitLines(still, facts)).toEqual(lines);
  });

  it.each([
    ['paused', false, 'r paused'],
    ['pausing', false, 'r pausing: calls in flight still end'],
    ['pausing', true, 'r pausing: calls that were under way end first, once somebody works on it'],
  ] as const)('pause: %s, parked: %s', (state, isParked, line) => {
    expect(pausedLine('r', state, isParked)).toBe(line);
  });
});
