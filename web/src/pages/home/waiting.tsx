import { useState } from 'react';
import { Link } from 'wouter';
import type { WaitingEntry } from '../../../../src/client/runs.ts';
import { keyOf, pausedIn } from '../../actions/kept.ts';
import { useKept } from '../../actions/use-kept.ts';
import { WaitingCard } from '../../actions/waiting-card.tsx';
import { Button } from '../../ui/button.tsx';
import { Part } from './part.tsx';
import styles from './home.module.css';

const [shownFirst, shownMore] = [2, 20];

/** What waits for whoever looks, oldest first, to be decided right there: a few, so that what failed is in sight below. */
export function Waiting({ entries, count }: { entries: readonly WaitingEntry[]; count: number }) {
  const kept = useKept(entries);
  const paused = pausedIn(kept);
  const [most, setMost] = useState(shownFirst);
  if (kept.length === 0) return null;
  const all = kept.filter(({ isGone }) => !isGone);
  const open = all.slice(0, most);
  const more = Math.min(all.length, shownMore) - open.length;
  const shown = kept.filter((each) => each.isGone || open.includes(each));
  return (
    <Part
      id="waiting"
      title="Waits for you"
      count={count}
      actions={<Link href="/approvals">{count > open.length ? `All ${count}` : 'Approvals'}</Link>}
    >
      <div className={styles.cards}>
        {shown.map(({ entry, isGone }) => (
          <WaitingCard key={keyOf(entry)} {...{ entry, isGone }} isPaused={paused.has(entry.runId)} />
        ))}
      </div>
      {more > 0 && (
        <div>
          <Button kind="quiet" icon="down" onClick={() => setMost(shownMore)}>
            {more} more
          </Button>
        </div>
      )}
    </Part>
  );
}
