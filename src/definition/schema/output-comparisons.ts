import { z } from 'zod';

/*
 * What `--json` prints of runs that are held against others. Points are of 100, shares from 0 to 1.
 */

const count = z.int();
const both = <Type extends z.ZodType>(type: Type) => {
  const value = z.union([type, z.null()]);
  return z.object({ one: value, other: value });
};

const way = z.object({ run: z.string(), agent: z.string(), model: z.string() });
const interval = z.tuple([z.number(), z.number()]);

/** What paired tests give reason to do. `costChange`: a share; null: no test says that it costs otherwise. */
export const recommendations = z.array(
  z.object({
    ...{ task: z.string(), text: z.string(), now: way, before: way },
    ...{ changed: z.array(z.string()), changedBefore: z.array(z.string()), verdict: z.enum(['better', 'worse', 'same']) },
    ...{ difference: z.number(), interval, p: z.number(), pairs: count, pairOf: z.enum(['case', 'run']) },
    ...{ margin: z.number(), costChange: z.union([z.number(), z.null()]) },
  }),
);

/** `gaffer compare`. */
export const compared = z.object({
  runs: z.object({ one: z.string(), other: z.string() }),
  ...{ workflow: both(z.string()), status: both(z.string()), score: both(z.number()) },
  ...{ costUsd: both(z.number()), tokens: both(count), durationMs: both(z.number()) },
  inputs: z.array(z.string()),
  tasks: z.array(
    z.object({
      ...{ task: z.string(), status: both(z.string()), score: both(z.number()), costUsd: both(z.number()) },
      ...{ tokens: both(count), durationMs: both(z.number()), turns: both(count), differs: z.array(z.string()) },
    }),
  ),
  recommendations,
});

const passRate = z.object({
  ...{ runs: count, passed: count, share: z.number(), interval, allOf: z.object({ k: count, share: z.number() }) },
});
const finding = z.object({
  verdict: z.enum(['better', 'worse', 'same', 'not enough evidence']),
  ...{ difference: z.union([z.number(), z.null()]), interval, p: z.number(), pairs: count },
  ...{ moreRuns: count, isAtLeast: z.boolean(), pairOf: z.enum(['case', 'run']), before: passRate, after: passRate },
});
const unpaired = z.array(z.object({ case: z.string(), step: z.union([z.string(), z.null()]) }));

/** `gaffer baseline check`. */
export const regression = z.object({
  by: z.enum(['evaluation', 'status']),
  ...{ workflow: z.string(), runs: z.array(z.string()), alpha: z.number(), margin: z.number(), overall: finding },
  baseline: z.object({ from: z.string(), runs: z.array(z.string()) }),
  steps: z.array(finding.extend({ step: z.string() })),
  breaks: z.array(z.object({ case: z.string(), step: z.string(), before: count, after: count })),
  unpaired: z.object({ before: unpaired, after: unpaired }),
});

/** `gaffer baseline pin` and `unpin`. */
export const pinned = z.object({ runId: z.string(), isPinned: z.boolean() });
