import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { foreignValue } from '../../../src/domain/foreign.ts';
import { refuseForeign } from '../../../src/workers/refuse-foreign.ts';

describe('an activity', () => {
  const execute = (args: unknown[], info = {} as Info) =>
    refuseForeign({ info }).inbound!.execute!({ args, headers: {} }, async (input) => input.args);

  it('does nothing that somebody else’s workflow asks for', () => {
    for (const args of [[foreignValue], ['a', foreignValue]]) {
      expect(() => execute(args)).toThrow(ApplicationFailure);
      expect(() => execute(args)).toThrow(expect.objectContaining({ type: 'InvalidInput', nonRetryable: true }));
    }
  });

  it('begins anew where somebody else told how far it had come', async () => {
    const [foreign, ours] = [{ heartbeatDetails: foreignValue }, { heartbeatDetails: 7 }] as Info[];
    await execute([], foreign!);
    await execute([], ours!);
    expect([foreign, ours]).toEqual([{ heartbeatDetails: undefined }, { heartbeatDetails: 7 }]);
  });

  it('does what ours ask for', async () => {
    await expect(execute([{ a: 1 }, null, 'x'])).resolves.toEqual([{ a: 1 }, null, 'x']);
  });
});
