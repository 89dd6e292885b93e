import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useLive } from '../../../live/run-store.ts';
import { Status } from '../../../ui/status.tsx';
import { useSelection } from '../selection.ts';
import styles from './inspector.module.css';

/** Another task of the run, to be looked at. */
export function TaskLink({ id, status }: { id: string; status?: string | null | undefined }) {
  const { select } = useSelection();
  // What the graph beside it shows.
  const now = useLive(({ state }) => state.tasks.get(id)?.status) ?? status;
  return (
    <button type="button" className={styles.taskLink} onClick={() => select(id)}>
      {status && now && <Status of={now} isCompact />}
      {safeLine(id)}
    </button>
  );
}
