import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { useSelection } from '../selection.ts';
import styles from './inspector.module.css';

/** Which attempt at the task is looked at. */
export function AttemptChooser({ detail, current }: { detail: TaskDetail; current: number }) {
  const { select } = useSelection();
  return (
    <select
      aria-label="Attempt"
      className={styles.chooser}
      value={current}
      onChange={(event) => select(detail.id, Number(event.target.value))}
    >
      {detail.attempts.map(({ number, status, epoch }) => (
        <option key={number} value={number}>
          Attempt {number}: {status}
          {epoch > 0 ? ' (done anew)' : ''}
        </option>
      ))}
    </select>
  );
}
