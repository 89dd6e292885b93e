import { z } from 'zod';
import { count, named, orNull, texts } from './output-parts.ts';

/*
 * What `--json` prints of runs that are held against others. Points are of 100, shares from 0 to 1.
 */

const both = <Type extends z.ZodType>(id: string, type: Type) => named(id, { one: orNull(type), other: orNull(type) });
const bothTexts = both('BothTexts', z.string());
const bothNumbers = both('BothNumbers', z.number());
const bothCounts = both('BothCounts', count);

const way = named('Way', { run: z.string(), agent: z.string(), model: z.string() });
const interval = z.tuple([z.number(), z.number()]).meta({ id: 'Interval' });

/** What paired tests give reason to do. `costChange`: a share; null: no test says that it costs otherwise. */
export const recommendations = z.array(
  named('Recommendation', {
    ...{ task: z.string(), text: z.string(), now: way, before: way },
    ...{ changed: texts, changedBefore: texts, verdict: z.enum(['better', 'worse', 'same']) },
    ...{ difference: z.number(), interval, p: z.number(), pairs: count, pairOf: z.enum(['case', 'run']) },
    ...{ margin: z.number(), costChange: orNull(z.number()) },
  }),
);

/** `gaffer compare`. */
export const compared = z.object({
  runs: z.object({ one: z.string(), other: z.string() }),
  ...{ workflow: bothTexts, status: bothTexts, score: bothNumbers },
  ...{ costUsd: bothNumbers, tokens: bothCounts, durationMs: bothNumbers },
  inputs: texts,
  tasks: z.array(
    z.object({
      ...{ task: z.string(), status: bothTexts, score: bothNumbers, costUsd: bothNumbers },
      ...{ tokens: bothCounts, durationMs: bothNumbers, turns: bothCounts, differs: texts },
    }),
  ),
  recommendations,
});

const passRate = named('PassRate', {
  ...{ steps: count, passed: count, share: z.number(), interval, allOf: z.object({ k: count, share: z.number() }) },
});
const finding = named('Finding', {
  verdict: z.enum(['better', 'worse', 'same', 'not enough evidence']),
  ...{ difference: orNull(z.number()), interval, p: z.number(), pairs: count },
  ...{ moreRuns: count, isAtLeast: z.boolean(), pairOf: z.enum(['case', 'run']), before: passRate, after: passRate },
});
const unpaired = z.array(named('Unpaired', { case: z.string(), step: orNull(z.string()) }));

/** `gaffer baseline check`. */
export const regression = named('Regression', {
  by: z.enum(['evaluation', 'status']),
  ...{ workflow: z.string(), runs: texts, alpha: z.number(), margin: z.number(), overall: finding },
  baseline: z.object({ from: z.string(), runs: texts }),
  steps: z.array(finding.extend({ step: z.string() })),
  breaks: z.array(z.object({ case: z.string(), step: z.string(), before: count, after: count })),
  unpaired: z.object({ before: unpaired, after: unpaired }),
});

/** `gaffer baseline pin` and `unpin`. */
export const pinned = z.object({ runId: z.string(), isPinned: z.boolean() });
