import { useEffect, useMemo, type ReactNode } from 'react';
import { transport } from '../api/service.ts';
import { LiveStore } from './live-store.ts';
import { createRunSource } from './run-source.ts';
import { LiveContext } from './run-store.ts';

/** A page that nobody sees for so long lets go of its stream: a browser has six, and a key twenty. In ms. */
const hiddenMs = 5_000;

/** Keeps what is below told of one run, by one stream. */
export function LiveRunProvider({ id, children }: { id: string; children: ReactNode }) {
  const store = useMemo(() => new LiveStore(id, createRunSource(transport, id)), [id]);
  useEffect(() => {
    store.start();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onChange = (): void => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => store.stop(), hiddenMs);
      else store.start();
    };
    // One that was opened behind the one that is looked at, too.
    if (document.hidden) onChange();
    document.addEventListener('visibilitychange', onChange);
    return () => {
      document.removeEventListener('visibilitychange', onChange);
      clearTimeout(timer);
      store.stop();
    };
  }, [store]);
  return <LiveContext value={store}>{children}</LiveContext>;
}
