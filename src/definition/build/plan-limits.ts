import type { JsonObject } from '../../domain/json.ts';
import type { PlanLimits, SpendLimit } from '../../domain/plan/plan-limits.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import { inlineDocument } from '../source/inline-document.ts';
import { keysAt } from '../schema/known-keys.ts';
import type { LimitsFile } from '../schema/schema.ts';
import { limitsSchema } from '../schema/schema.ts';
import { schemaDiagnostics } from '../schema/schema-errors.ts';

/** Limits given besides the file, in the file's own format, checked. */
export function checkLimits(given: JsonObject): { limits: LimitsFile; diagnostics: Diagnostic[] } {
  const parsed = limitsSchema.safeParse(given);
  if (parsed.success) return { limits: parsed.data, diagnostics: [] };
  const diagnostics = schemaDiagnostics(inlineDocument(given, 'limits'), parsed.error, {
    keysAt: (path) => keysAt(['limits', ...path]),
  });
  return { limits: {}, diagnostics };
}

/** Limits of a plan: what was given wins over the file, and the file over the defaults. */
export function toPlanLimits(file: LimitsFile, given: LimitsFile): PlanLimits {
  const limits = { ...file, ...given };
  const defaults = planDefaults.limits;
  return {
    maxParallel: limits.max_parallel ?? defaults.maxParallel,
    timeoutMs: limits.timeout === undefined ? defaults.timeoutMs : toMilliseconds(limits.timeout)!,
    tokens: limits.tokens ?? defaults.tokens,
    usd: limits.usd ?? defaults.usd,
    onExceeded: limits.on_exceeded ?? defaults.onExceeded,
    usdPerMinute: limits.usd_per_minute ?? defaults.usdPerMinute,
    tasks: limits.tasks ?? defaults.tasks,
    perTask: toSpendLimit(limits.per_task),
    perAgent: Object.fromEntries(
      Object.entries(limits.per_agent ?? {}).map(([name, limit]) => [name, toSpendLimit(limit)]),
    ),
    maxDepth: limits.max_depth ?? defaults.maxDepth,
    maxFanOut: limits.max_fan_out ?? defaults.maxFanOut,
    maxAddedTasks: limits.max_added_tasks ?? defaults.maxAddedTasks,
  };
}

/** A limit of a task, a phase or an agent; what is not named has no limit of its own. */
export function toSpendLimit(file: { usd?: number | undefined; tokens?: number | undefined } | undefined): SpendLimit {
  return { usd: file?.usd ?? null, tokens: file?.tokens ?? null };
}
