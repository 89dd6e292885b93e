import { Link } from 'wouter';
import type { WaitingEntry } from '../../../../src/client/runs.ts';
import { keyOf } from '../../actions/kept.ts';
import { useKept } from '../../actions/use-kept.ts';
import { WaitingCard } from '../../actions/waiting-card.tsx';
import { Part } from './part.tsx';
import styles from './home.module.css';

const mostShown = 5;

/** What waits for whoever looks, oldest first, to be decided right there. */
export function Waiting({ entries, count }: { entries: readonly WaitingEntry[]; count: number }) {
  const kept = useKept(entries);
  if (kept.length === 0) return null;
  const open = kept.filter(({ isGone }) => !isGone).slice(0, mostShown);
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
          <WaitingCard key={keyOf(entry)} entry={entry} isGone={isGone} />
        ))}
      </div>
    </Part>
  );
}
