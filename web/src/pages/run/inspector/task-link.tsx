import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { Status } from '../../../ui/status.tsx';
import { useSelection } from '../selection.ts';
import styles from './inspector.module.css';

/** Another task of the run, to be looked at. */
export function TaskLink({ id, status }: { id: string; status?: string | null | undefined }) {
  const { select } = useSelection();
  return (
    <button type="button" className={styles.taskLink} onClick={() => select(id)}>
      {status && <Status of={status} isCompact />}
      {safeLine(id)}
    </button>
  );
}
