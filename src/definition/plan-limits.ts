import type { JsonObject } from '../domain/json.ts';
import type { PlanLimits } from '../domain/plan.ts';
import { planDefaults } from '../domain/plan.ts';
import type { Diagnostic } from './diagnostic.ts';
import { toMilliseconds } from './duration.ts';
import { inlineDocument } from './inline-document.ts';
import { isPlannedValue, keysAt } from './known-keys.ts';
import type { LimitsFile } from './schema.ts';
import { limitsSchema } from './schema.ts';
import { schemaDiagnostics } from './schema-errors.ts';

/** Limits given besides the file, in the file's own format, checked. */
export function checkLimits(given: JsonObject): { limits: LimitsFile; diagnostics: Diagnostic[] } {
  const parsed = limitsSchema.safeParse(given);
  if (parsed.success) return { limits: parsed.data, diagnostics: [] };
  const diagnostics = schemaDiagnostics(inlineDocument(given, 'limits'), parsed.error, {
    keysAt: (path) => keysAt(['limits', ...path]),
    isPlannedValue: (path, value) => isPlannedValue(['limits', ...path], value),
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
  };
}
