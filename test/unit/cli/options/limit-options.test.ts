import { describe, expect, it } from 'vitest';
import type { LimitOptions } from '../../../../src/cli/options/limit-options.ts';
import { readLimits } from '../../../../src/cli/options/limit-options.ts';

describe('readLimits', () => {
  it.each([
    [
      { usd: '$0.50', tokens: '40_000', timeout: '30d' },
      { usd: 0.5, tokens: 40_000, timeoutMs: 2_592_000_000 },
    ],
    [
      { usd: '100000', maxParallel: '1000' },
      { usd: 100_000, maxParallel: 1000 },
    ],
    [
      { phase: 'Do it', tokens: '5' },
      { phase: 'Do it', tokens: 5 },
    ],
    [{}, null],
  ] satisfies [LimitOptions, unknown][])('reads %j', async (options, limits) => {
    expect(await readLimits(options)).toEqual(limits);
  });

  it.each([
    [{ tokens: '99999999999999999999' }, '--tokens "99999999999999999999": give at most 9007199254740991.'],
    [{ tokens: '1.5' }, '--tokens "1.5": give a whole number above 0.'],
    [{ usd: '99999999999' }, '--usd "99999999999": give at most 100000.'],
    [{ usd: 'Infinity' }, '--usd "Infinity": give at most 100000.'],
    [{ usd: '' }, '--usd "": give a number above 0.'],
    [{ usdPerMinute: '1e9' }, '--usd-per-minute "1e9": give at most 100000.'],
    [{ maxParallel: '1001' }, '--max-parallel "1001": give at most 1000.'],
    [{ timeout: '31d' }, '--timeout "31d": give a time such as 90s, 30m or 2h, at most 30d.'],
    [{ task: 'a', agent: 'b', usd: '1' }, '--task and --agent: limits of one part at a time.'],
    [{ task: 'a', timeout: '1h' }, '--timeout is a limit of the run: a task has --usd and --tokens.'],
    [{ agent: 'a' }, '--agent: say --usd or --tokens, too.'],
  ] satisfies [LimitOptions, string][])('refuses %j', async (options, message) => {
    await expect(readLimits(options)).rejects.toMatchObject({ name: 'UsageError', message });
  });
});
