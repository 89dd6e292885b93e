/** A question that somebody stands still for. */
export interface StandingAsk {
  id: string;
  /** Task that asks, and the conversation that it is known by. */
  by: string;
  from: string;
  to: string;
  text: string;
  /** The task that was added to answer it; null: whoever is at work in `to`. */
  answerer: string | null;
}

/**
 * The questions that keep each other waiting if this one is waited for, the one that waits for whoever asks it last; null: none do.
 *
 * Whoever waits answers nobody, so a ring never ends by itself.
 */
export function findRing(
  asks: readonly StandingAsk[],
  { by, from, to }: Pick<StandingAsk, 'by' | 'from' | 'to'>,
): StandingAsk[] | null {
  const waitsFor = (ask: Pick<StandingAsk, 'to' | 'answerer'>, who: Pick<StandingAsk, 'by' | 'from'>): boolean =>
    ask.answerer === null ? who.from === ask.to : who.by === ask.answerer;
  const seen = new Set<StandingAsk>();
  const paths: StandingAsk[][] = asks.filter((ask) => waitsFor({ to, answerer: null }, ask)).map((ask) => [ask]);
  for (let path = paths.shift(); path; path = paths.shift()) {
    const last = path.at(-1)!;
    if (waitsFor(last, { by, from })) return path;
    if (seen.has(last)) continue;
    seen.add(last);
    for (const ask of asks) if (waitsFor(last, ask)) paths.push([...path, ask]);
  }
  return null;
}
