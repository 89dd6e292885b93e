import { createContext, useContext, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Run } from '../../../src/client/run.ts';
import { createRun } from '../../../src/http-client/http-run.ts';
import { ask, at, transport } from '../api/service.ts';
import { isSamePick, type LiveRun } from './live-run.ts';
import type { LiveStore } from './live-store.ts';

/** The run of the page, for everything below it. */
export const LiveContext = createContext<LiveStore | null>(null);

function useStore(): LiveStore {
  const store = useContext(LiveContext);
  if (!store) throw new Error('there is no run around: this belongs below LiveRunProvider');
  return store;
}

/**
 * What is picked of the run of the page. Draws anew when the pick is another, at most four times a second: objects and lists are compared
 * by what is in them, so a pick may make new ones.
 */
export function useLive<Picked>(pick: (run: LiveRun) => Picked): Picked {
  const store = useStore();
  const last = useRef<{ live: LiveRun; pick: typeof pick; picked: Picked } | null>(null);
  const read = (): Picked => {
    const live = store.current;
    const known = last.current;
    if (known?.live === live && known.pick === pick) return known.picked;
    const found = pick(live);
    const picked = known && isSamePick(known.picked, found) ? known.picked : found;
    last.current = { live, pick, picked };
    return picked;
  };
  return useSyncExternalStore(store.subscribe, read);
}

/** The run of the page, to do something with it. `refresh` asks anew for what no event tells. */
export interface PageRun {
  id: string;
  run: () => Promise<Run>;
  refresh: () => void;
}

/** See {@link PageRun}. */
export function useRun(): PageRun {
  const store = useStore();
  return useMemo(() => {
    const { id } = store.current;
    let found: Promise<Run> | undefined;
    const find = async (): Promise<Run> => {
      const { runKey } = await ask<{ runKey: string }>(at`/api/runs/${id}/standing`);
      return createRun(transport, { id, runKey });
    };
    const run = (): Promise<Run> =>
      (found ??= find().catch((error: unknown) => {
        found = undefined;
        throw error;
      }));
    return { id, run, refresh: () => store.refresh() };
  }, [store]);
}

/** Asks for events from before those that are kept: at most `limit`, oldest first. */
export function useOlderEvents(): LiveStore['older'] {
  return useStore().older;
}
