import { useEffect, useRef, useState, useSyncExternalStore, type RefObject } from 'react';
import type { RunPage } from '../../../../src/client/runs.ts';
import { ask } from '../../api/service.ts';
import { type Filters, readFilters, toQuery, writeFilters } from './filters.ts';
import { type ListedRuns, RunList } from './run-list.ts';

const pageSize = 100;
const lookEveryMs = 4000;
/** The parts of a list that begins with what needs somebody. */
const parts = ['attention', 'open', 'ended'];

/** Which rows are seen, for what is asked anew. */
export interface SeenRows {
  from: number;
  to: number;
}

/** The list that fits the filters, kept up to date. While another one is fetched, the one before stays. */
export function useRunList(filters: Filters): { list: RunList | null; listed: ListedRuns; seen: RefObject<SeenRows> } {
  const key = writeFilters(filters);
  const [list, setList] = useState<RunList | null>(null);
  const seen = useRef<SeenRows>({ from: 0, to: 0 });
  useEffect(() => {
    const made = listOf(readFilters(key));
    void made.more().then(() => setList(made));
    const timer = setInterval(() => {
      if (!document.hidden) void made.look(seen.current.from, seen.current.to);
    }, lookEveryMs);
    return () => {
      clearInterval(timer);
      made.stop();
    };
  }, [key]);
  const listed = useSyncExternalStore(list?.subscribe ?? never, list?.listed ?? nothing);
  return { list, listed, seen };
}

function listOf(filters: Filters): RunList {
  const isInParts = filters.isAttentionFirst && filters.status.length === 0;
  return new RunList(
    (part, cursor, signal) =>
      ask<RunPage>('/api/runs', {
        // "The last hour" goes on while the list is there.
        query: {
          ...toQuery(filters, Date.now()),
          ...(isInParts && { status: [parts[part]!] }),
          cursor,
          limit: pageSize,
        },
        signal,
      }),
    isInParts ? parts.length : 1,
  );
}

const loading: ListedRuns = { runs: [], isLoading: true, hasMore: false, fresh: 0, error: null };
const nothing = (): ListedRuns => loading;
const never = () => () => undefined;
