import { useState } from 'react';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import { withGone, type Kept } from './kept.ts';

/** What waits, with what waited a moment ago and was seen here: it is told what became of it. Undefined: nobody knows yet. */
export function useKept(waiting: readonly WaitingEntry[] | undefined): readonly Kept[] {
  const [kept, setKept] = useState<{ of: typeof waiting; all: readonly Kept[] }>({ of: undefined, all: [] });
  if (waiting === undefined || waiting === kept.of) return kept.all;
  const all = withGone(kept.all, waiting);
  // Drawn anew at once, before anybody sees the old ones.
  setKept({ of: waiting, all });
  return all;
}
