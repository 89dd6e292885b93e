import type { ApprovalStory } from '../../../../../src/client/inspect/approval-stories.ts';
import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { formatClock } from '../../../../../src/domain/format.ts';
import { safeText } from '../../../../../src/domain/safe-text.ts';
import { Duration, Elapsed, Money } from '../../../ui/measures.tsx';
import { Status } from '../../../ui/status.tsx';
import { Empty } from '../../../ui/surface.tsx';
import { useSelection } from '../selection.ts';
import { ChangedSince } from './changed-since.tsx';
import styles from './inspector.module.css';

/** What was tried more than once, and what it waited for. */
export function RetriesPane({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt | null }) {
  if (!attempt) return <Empty title="It has not begun." />;
  return (
    <div className={styles.why}>
      <Attempts detail={detail} current={attempt} />
      {attempt.number > 1 && <ChangedSince detail={detail} attempt={attempt} />}
      <div>
        <h3>Calls that were made again in attempt {attempt.number}</h3>
        {attempt.retries.length === 0 && <p className={styles.muted}>None.</p>}
        <ul>
          {attempt.retries.map(({ what, turn, cause, tries, costUsd, at }, index) => (
            <li key={index}>
              Turn {turn}, {what === 'model' ? 'the model' : 'a tool'}
              {tries > 1 && `, ${tries} tries`}
              {at !== null && ` at ${formatClock(at)}`}:{' '}
              {cause === null ? 'its worker was gone, or nothing was paid for it' : safeText(cause)}
              {costUsd > 0 && (
                <>
                  {' '}
                  (<Money usd={costUsd} />)
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
      {attempt.waits.length > 0 && (
        <div>
          <h3>Waits</h3>
          <ul>
            {attempt.waits.map(({ cause, detail: what, since, until }) => (
              <li key={`${since}${cause}`}>
                {cause}: {safeText(what)} (
                {until === null ? <Elapsed since={since} /> : <Duration ms={Date.parse(until) - Date.parse(since)} />})
              </li>
            ))}
          </ul>
        </div>
      )}
      {attempt.approvals.length > 0 && <Approvals approvals={attempt.approvals} />}
    </div>
  );
}

function Attempts({ detail, current }: { detail: TaskDetail; current: TaskAttempt }) {
  const { select } = useSelection();
  return (
    <ol className={styles.rows}>
      {detail.attempts.map((attempt) => (
        <li key={attempt.number} className={styles.row}>
          <button
            type="button"
            className={styles.taskLink}
            aria-pressed={attempt === current}
            onClick={() => select(detail.id, attempt.number)}
          >
            <Status of={attempt.status} isCompact /> Attempt {attempt.number}
          </button>
          <span className={styles.told}>{attempt.error === null ? '' : safeText(attempt.error)}</span>
        </li>
      ))}
    </ol>
  );
}

function Approvals({ approvals }: { approvals: readonly ApprovalStory[] }) {
  return (
    <div>
      <h3>Approvals</h3>
      <ul>
        {approvals.map(({ id, what, decisions, expired, needed }) => (
          <li key={id}>
            {safeText(what)}:{' '}
            {decisions
              .map(({ decision, by, comment, edited }) =>
                safeText(
                  `${decision === 'approve' ? 'approved' : 'rejected'} by ${by}${edited ? ', changed' : ''}${comment === '' ? '' : `: “${comment}”`}`,
                ),
              )
              .join('; ') || (expired === null ? `waits for ${needed}` : 'nobody decided in time')}
          </li>
        ))}
      </ul>
    </div>
  );
}
