import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { useSelection } from '../selection.ts';
import styles from './inspector.module.css';

/** Which attempt at the task is looked at. */
export function AttemptChooser({ detail, current }: { detail: TaskDetail; current: number }) {
  const { select } = useSelection();
  return (
    <label className={styles.chooser}>
      <span className="visually-hidden">Attempt</span>
      <select value={current} onChange={(event) => select(detail.id, Number(event.target.value))}>
        {detail.attempts.map(({ number, status, epoch }) => (
          <option key={number} value={number}>
            Attempt {number}: {status}
            {epoch > 0 ? ' (done anew)' : ''}
          </option>
        ))}
      </select>
    </label>
  );
}
