import { describe, expect, it } from 'vitest';
import { StoryTail } from '../../../../src/cli/show/story-tail.ts';

const told = (tail: StoryTail, ...seqs: number[]): string[] =>
  seqs.flatMap((seq) => tail.take({ seq }, [`line ${seq}`]));

describe('StoryTail', () => {
  it('shows the last lines of what was told before, and all that comes', () => {
    const tail = new StoryTail({ lines: 2, until: 4 });
    expect(told(tail, 1, 2, 3)).toEqual([]);
    expect(told(tail, 4, 5)).toEqual(['… 2 earlier lines', 'line 3', 'line 4', 'line 5']);
  });

  it.each([
    ['shows all without a limit', null, ['line 1', 'line 2']],
    ['shows all where less was told', { lines: 9, until: 1 }, ['line 1', 'line 2']],
    ['shows all where nothing was told before', { lines: 1, until: 0 }, ['line 1', 'line 2']],
  ])('%s', (_, tail, lines) => {
    expect(told(new StoryTail(tail), 1, 2)).toEqual(lines);
  });

  it('lets go what it held where the last event of before is missing', () => {
    const tail = new StoryTail({ lines: 1, until: 5 });
    expect(told(tail, 3, 7)).toEqual(['line 3', 'line 7']);
  });
});
