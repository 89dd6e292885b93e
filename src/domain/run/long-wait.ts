/** A provider that asks to wait for longer than this has the task wait, in ms: a person is told, and the turn asks again by and by. */
export const longWaitMs = 600_000;
/** How often it is asked before that is over: what it said may have changed. */
export const probeEveryMs = 1_800_000;
/** The same once somebody has said to go on: one call after the other. */
export const insistEveryMs = 10_000;

/** Who ends a wait that time ends, as people are named who do. */
export const byTime = 'time';

/** A wait that a provider asks for, as ISO 8601: how long it lasts by its word, and when it is asked again. */
export interface LongWait {
  until: string;
  askAt: string;
}

/** A wait that begins at `now` (ms since the epoch). */
export function toLongWait(waitMs: number, now: number): LongWait {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  return { until: at(waitMs), askAt: at(Math.min(waitMs, probeEveryMs)) };
}

/** Until when, and what it means, in words for people. */
export function longWaitText({ until }: LongWait): string {
  const minutes = probeEveryMs / 60_000;
  return `it asks to wait until ${until.slice(0, 16).replace('T', ' ')} UTC; it is asked every ${minutes} minutes whether that still holds, and at once by \`resume\``;
}
