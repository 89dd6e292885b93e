/*
 * Calls that broke off belong to V3: each is paid for with what the server had said of it by then, once, and none is forgotten,
 * unless its worker was killed or a cancel cut it off. One that was under way in a gateway that died is paid for as it was held back.
 */
import type { Usage } from '../../../src/domain/money/usage.ts';
import { totalTokens } from '../../../src/domain/money/usage.ts';
import type { ScriptedRequest } from '../../../src/testing/index.ts';
import type { Kill } from './invariants.ts';

interface Paid {
  key: string;
  usage: Usage;
  isCut: boolean;
  /** A call that broke off; else an answer. */
  isPart: boolean;
}

/** V3, call by call. */
export function aboutParts(
  requests: ReadonlyMap<string, ScriptedRequest[]>,
  paid: readonly Paid[],
  kills: readonly Kill[],
): string[] {
  const isLost = (key: string, usage: Usage, calls: readonly ScriptedRequest[]): boolean =>
    kills.some((kill) => kill.inFlight.has(key)) && calls.some(({ usage: told }) => told && isAtLeast(usage, told));
  return [...requests].flatMap(([key, calls]) => {
    const ours = paid.filter((one) => one.key === key);
    const told = calls.filter(({ usage }) => usage !== null);
    const found: string[] = [];
    // Answers first: they are as whole as what was told.
    for (const { usage, isPart, isCut } of ours.toSorted((a, b) => Number(a.isPart) - Number(b.isPart))) {
      const fits = (call: ScriptedRequest): boolean => matches(usage, call, isCut || call.outcome === 'aborted');
      const index = isPart ? told.findIndex(fits) : told.findLastIndex(fits);
      if (index >= 0) told.splice(index, 1);
      else if (isPart && !isLost(key, usage, calls)) found.push(`V3 a part of ${key} was paid for, but never told`);
    }
    const isExcused = kills.some((kill) => kill.inFlight.has(key)) || ours.some(({ isCut }) => isCut);
    const forgotten = told.filter(({ outcome }) => outcome === 'fault');
    if (forgotten.length > 0 && !isExcused) found.push(`V3 ${key} broke off ${forgotten.length} times unpaid`);
    return found;
  });
}

function isAtLeast(usage: Usage, told: Usage): boolean {
  return totalTokens(usage) >= totalTokens(told);
}

function matches(usage: Usage, { usage: told }: ScriptedRequest, isAtMost: boolean): boolean {
  const names = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens'] as const;
  return names.every((name) => (isAtMost ? usage[name] <= told![name] : usage[name] === told![name]));
}
