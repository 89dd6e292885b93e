const windowMs = 10_000;
/** A burst is not taken for a rate that goes on. */
const shortestMs = 1000;

/** How many calls this process has made of each model within the last ten seconds. */
export interface RecentCalls {
  note(model: string): void;
  /** Its calls a minute, and their share in the calls of all models; 0 without calls. */
  of(model: string): { perMinute: number; share: number };
}

/** Counts calls second by second. `now` in ms, of a clock that only goes forward. */
export function createRecentCalls(now: () => number = () => performance.now()): RecentCalls {
  const seconds = new Map<number, Map<string, number>>();
  const secondOf = (ms: number): number => Math.floor(ms / 1000);
  return {
    note(model) {
      const second = secondOf(now());
      let counts = seconds.get(second);
      if (!counts) {
        seconds.set(second, (counts = new Map()));
        for (const old of seconds.keys()) if (old < secondOf(now() - windowMs)) seconds.delete(old);
      }
      counts.set(model, (counts.get(model) ?? 0) + 1);
    },
    of(model) {
      const kept = [...seconds].filter(([second]) => second > secondOf(now() - windowMs));
      const sum = (count: (counts: Map<string, number>) => number): number =>
        kept.reduce((total, [, counts]) => total + count(counts), 0);
      const ours = sum((counts) => counts.get(model) ?? 0);
      const all = sum((counts) => [...counts.values()].reduce((total, one) => total + one, 0));
      const first = kept.find(([, counts]) => counts.has(model))?.[0];
      if (first === undefined) return { perMinute: 0, share: 0 };
      const spanMs = Math.max(shortestMs, now() - first * 1000);
      return { perMinute: (ours * 60_000) / spanMs, share: ours / all };
    },
  };
}
