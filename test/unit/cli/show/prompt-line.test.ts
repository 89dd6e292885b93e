import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/cli/base/display-width.ts';
import { promptLine } from '../../../../src/cli/show/prompt-line.ts';

const asked = { whole: 'y [comment] approves, n [comment] rejects, Enter leaves it', short: 'y/n [comment]' };

describe('promptLine', () => {
  it.each([
    ['n', 80, 'y [comment] approves, n [comment] rejects, Enter leaves it › n'],
    ['', 59, 'y/n [comment] › '],
    ['y once', 59, 'y/n [comment] › y once'],
    ['y '.repeat(40) + 'to the end', 40, 'y/n [comment] › … y y y y y y to the end'],
    ['y whatever', 10, 'y/n [comment] › …hatever'],
  ])('asks what can be typed from its start, with %j at %d columns', (typed, columns, line) => {
    const found = promptLine({ ...asked, typed }, columns);
    expect(found).toBe(line);
    expect(displayWidth(found)).toBeLessThanOrEqual(Math.max(columns, 24));
  });
});
