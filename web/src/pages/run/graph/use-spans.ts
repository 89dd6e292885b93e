import { useEffect, useMemo, useState } from 'react';
import { SpanBook, type SpansJson } from '../../../../../src/domain/timeline/span-book.ts';
import { at } from '../../../api/service.ts';
import { askAnew, useAsk } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';

/** Times of a run: another object whenever they are others, as the book grows in place. */
export interface Spans {
  book: SpanBook;
}

/** The times of the run of the page: fetched once, then kept up to date by its events; fetched anew where events are missing in between. */
export function useSpans(): { spans: Spans | null; error: Error | null } {
  const { id, events } = useLive(({ id: runId, events: all }) => ({ id: runId, events: all }));
  const path = at`/api/runs/${id}/spans`;
  const { data, error } = useAsk<SpansJson>(path);
  const first = useMemo(() => (data ? { book: SpanBook.from(data) } : null), [data]);
  const [latest, setLatest] = useState<Spans | null>(null);
  useEffect(() => {
    const oldest = events[0];
    if (!first || !oldest) return;
    // What is kept of the story begins later than what is known of it ends.
    if (oldest.seq > first.book.lastSeq + 1) {
      if (data?.isWhole) askAnew(path);
      return;
    }
    let isChanged = false;
    for (const event of events) isChanged = first.book.add(event) || isChanged;
    if (isChanged) setLatest({ book: first.book });
  }, [first, events, data, path]);
  return { spans: latest?.book === first?.book ? latest : first, error };
}
