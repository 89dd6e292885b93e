import { Link } from 'wouter';
import { Chip } from '../../ui/surface.tsx';
import { pathOf, priorities, type IssueLine } from './types.ts';
import styles from './issues.module.css';

/** An issue on the board. `hasBoard`: issues of several boards stand there. */
export function IssueCard({ issue, hasBoard }: { issue: IssueLine; hasBoard: boolean }) {
  const { number, title, priority, labels, assignee, claimedIn, waitsFor, board, blockReason, status } = issue;
  return (
    <li className={styles.card} data-priority={priority}>
      <Link href={pathOf(issue)} data-issue className={styles.title}>
        <span className="number">#{number}</span> {title}
      </Link>
      <div className={styles.marks}>
        {priority !== 2 && <Chip>{priorities[priority]}</Chip>}
        {labels.slice(0, 4).map((label) => (
          <Chip key={label}>{label}</Chip>
        ))}
        {waitsFor.length > 0 && status === 'open' && (
          <Chip>waits for {waitsFor.map((each) => `#${each}`).join(', ')}</Chip>
        )}
      </div>
      {status === 'blocked' && blockReason !== null && <p className={styles.reason}>{blockReason}</p>}
      {(assignee !== null || hasBoard) && (
        <p className={styles.quiet}>
          {hasBoard && board}
          {hasBoard && assignee !== null && ' · '}
          {assignee}
          {claimedIn !== null && claimedIn !== board && (
            <>
              {' in '}
              <Link href={`/runs/${encodeURIComponent(claimedIn)}`}>{claimedIn}</Link>
            </>
          )}
        </p>
      )}
    </li>
  );
}
