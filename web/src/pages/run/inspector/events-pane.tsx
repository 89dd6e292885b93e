import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import type { TaskEvents } from '../../../../../src/client/inspect/task-events.ts';
import { formatClock } from '../../../../../src/domain/format.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { JsonTree } from '../../../untrusted/json-tree.tsx';
import { AskAgain } from '../../../ui/notice.tsx';
import { Copy, Empty, Loading } from '../../../ui/surface.tsx';
import { isEarlier } from './earlier-attempt.ts';
import { useTaskPath } from './use-task.ts';
import styles from './inspector.module.css';

/** What the run's story tells of the task, as it stands in the store; the newest first. */
export function EventsPane({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt | null }) {
  const { data, error, refetch } = useAsk<TaskEvents>(`${useTaskPath(detail.id)}/events`, { keepOld: true });
  if (error && !data) return <AskAgain error={error} refetch={refetch} />;
  if (!data) return <Loading />;
  if (data.events.length === 0) return <Empty title="Nothing was told of it yet." />;
  const isOne = attempt !== null && detail.attempts.length > 1;
  const [first, last] = isOne
    ? [attempt.seqs[0], isEarlier(detail, attempt) ? attempt.seqs[1] : Infinity]
    : [0, Infinity];
  const events = data.events.filter(({ seq }) => seq >= first && seq <= last);
  return (
    <div className={styles.why}>
      {isOne && (
        <p className={styles.muted}>
          Of attempt {attempt.number}: {events.length} of {data.total} events of the task.
        </p>
      )}
      {data.total > data.events.length && (
        <p className={styles.muted}>
          Only the newest {data.events.length} of {data.total} events of the task are looked through.
        </p>
      )}
      {events.toReversed().map((event) => (
        <details key={event.seq} className={styles.event}>
          <summary>
            <span className={styles.muted}>
              {event.seq} · {formatClock(event.at)}
            </span>{' '}
            <code>{event.type}</code>
          </summary>
          <JsonTree value={event} label={`Event ${event.seq}`} />
          <Copy text={JSON.stringify(event)} label="Copy the event as JSON" />
        </details>
      ))}
    </div>
  );
}
