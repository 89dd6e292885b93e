import { describe, expect, it } from 'vitest';
import { canDraw, wantsColor } from '../../../../src/cli/base/terminal.ts';

const tty = { isTTY: true };
const pipe = {};

describe('wantsColor', () => {
  it.each([
    [{}, tty, true],
    [{}, pipe, false],
    [{ NO_COLOR: '1' }, tty, false],
    [{ NO_COLOR: '' }, tty, true],
    [{ FORCE_COLOR: '1' }, pipe, true],
    [{ FORCE_COLOR: '0' }, tty, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, tty, false],
    [{ TERM: 'dumb' }, tty, false],
  ])('with %j on %j is %s', (environment, stream, expected) => {
    expect(wantsColor(environment, stream)).toBe(expected);
  });
});

describe('canDraw', () => {
  it.each([
    [{}, tty, true],
    [{}, pipe, false],
    [{ TERM: 'dumb' }, tty, false],
    [{ CI: 'true' }, tty, false],
    [{ CI: 'false' }, tty, true],
    [{ FORCE_COLOR: '1' }, pipe, false],
  ])('with %j on %j is %s', (environment, stream, expected) => {
    expect(canDraw(environment, stream)).toBe(expected);
  });
});
