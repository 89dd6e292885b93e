import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { foreignValue } from '../../../src/domain/foreign.ts';
import { refuseForeign } from '../../../src/workers/refuse-foreign.ts';

describe('an activity', () => {
  const execute = (args: unknown[]) =>
    refuseForeign().inbound!.execute!({ args, headers: {} }, async (input) => input.args);

  it('does nothing that somebody else’s workflow asks for', () => {
    for (const args of [[foreignValue], ['a', foreignValue]]) {
      expect(() => execute(args)).toThrow(ApplicationFailure);
      expect(() => execute(args)).toThrow(expect.objectContaining({ type: 'InvalidInput', nonRetryable: true }));
    }
  });

  it('does what ours ask for', async () => {
    await expect(execute([{ a: 1 }, null, 'x'])).resolves.toEqual([{ a: 1 }, null, 'x']);
  });
});
