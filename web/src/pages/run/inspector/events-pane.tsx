import type { TaskEvents } from '../../../../../src/client/inspect/task-events.ts';
import { formatClock } from '../../../../../src/domain/format.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { JsonTree } from '../../../untrusted/json-tree.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Copy, Empty, Loading } from '../../../ui/surface.tsx';
import { useTaskPath } from './use-task.ts';
import styles from './inspector.module.css';

/** What the run's story tells of the task, as it stands in the store; the newest first. */
export function EventsPane({ task }: { task: string }) {
  const { data, error } = useAsk<TaskEvents>(`${useTaskPath(task)}/events`, { keepOld: true });
  if (error) return <ProblemNotice error={error} />;
  if (!data) return <Loading />;
  if (data.events.length === 0) return <Empty title="Nothing was told of it yet." />;
  return (
    <div className={styles.why}>
      {data.total > data.events.length && (
        <p className={styles.muted}>
          The newest {data.events.length} of {data.total}.
        </p>
      )}
      {data.events.toReversed().map((event) => (
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
