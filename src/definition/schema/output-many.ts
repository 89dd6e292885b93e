import { z } from 'zod';
import { count, money, named, orNull } from './output-parts.ts';

/** What came of many runs: `run --each`. */
export const many = named('Many', {
  ...{ id: z.string(), total: count, open: count, succeeded: count, failed: count, costUsd: money },
  isUncounted: z.literal(true).optional(),
  runs: z.array(
    z.object({
      ...{ line: count, runId: z.string(), status: z.string(), reason: orNull(z.string()) },
      ...{ costUsd: money, totalTokens: count, durationMs: z.number(), isUncounted: z.literal(true).optional() },
    }),
  ),
});
