import { useCallback, useRef, useState } from 'react';
import type { RunEvent } from '../../../../../src/domain/run/run-events.ts';
import { useLive, useOlderEvents } from '../../../live/run-store.ts';

const olderAtOnce = 500;
/** So many are shown at most; whoever reads further back leaves the newest behind. */
const mostShown = 20_000;

/** The events that are shown, and how to see others. */
export interface Story {
  events: readonly RunEvent[];
  /** How many came since it does not follow any more. */
  unseen: number;
  isFollowing: boolean;
  follow: () => void;
  /** Stands still: what comes is counted only. */
  stay: () => void;
  /** How many there are before those that are shown. */
  before: number;
  /** Fetches some of them. */
  loadOlder: () => Promise<void>;
  isLoading: boolean;
  error: Error | null;
}

/** The newest events as they come, or as they were when somebody began to read. */
export function useStory(): Story {
  const { events: live, lastSeq } = useLive((run) => ({ events: run.events, lastSeq: run.lastSeq }));
  const older = useOlderEvents();
  const [still, setStill] = useState<readonly RunEvent[] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isLoading, setLoading] = useState(false);
  const shown = still ?? live;
  const now = useRef(shown);
  now.current = shown;
  const isBusy = useRef(false);
  const loadOlder = useCallback(async () => {
    const first = now.current[0]?.seq ?? 1;
    if (isBusy.current || first <= 1) return;
    isBusy.current = true;
    setLoading(true);
    try {
      const found = await older(first, olderAtOnce);
      setStill([...found, ...now.current].slice(0, mostShown));
      setError(null);
    } catch (problem) {
      setError(problem as Error);
    } finally {
      isBusy.current = false;
      setLoading(false);
    }
  }, [older]);
  return {
    ...{ events: shown, isFollowing: still === null, loadOlder, isLoading, error },
    unseen: still === null ? 0 : Math.max(0, lastSeq - (still.at(-1)?.seq ?? 0)),
    before: Math.max(0, (shown[0]?.seq ?? 1) - 1),
    follow: useCallback(() => setStill(null), []),
    stay: useCallback(() => setStill((before) => before ?? now.current), []),
  };
}
