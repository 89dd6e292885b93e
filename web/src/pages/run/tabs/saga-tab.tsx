import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { useLive } from '../../../live/run-store.ts';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Status } from '../../../ui/status.tsx';
import { useSelection } from '../selection.ts';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

interface Step {
  taskId: string;
  status: string;
  what: string;
}

/** What of the run is undone, is being undone, and would be. */
export function SagaTab() {
  const asked = usePart<{ undo: { id: string; agent: string; taskEnded: boolean }[] }>('/undo', 3000);
  const compensations = useLive(({ state }) => state.compensations);
  const { select } = useSelection();
  const columns: readonly Column<Step>[] = [
    {
      id: 'task',
      title: 'Task',
      cell: ({ taskId }) => (
        <button type="button" className={styles.link} onClick={() => select(taskId)}>
          {safeLine(taskId)}
        </button>
      ),
    },
    { id: 'status', title: 'Its undoing', cell: ({ status }) => <Status of={status} /> },
    { id: 'what', title: 'What', cell: ({ what }) => safeText(what) },
  ];
  const done: Step[] = [...compensations.values()].map(({ taskId, status, what, error }) => ({
    taskId,
    status: status === 'succeeded' ? 'compensated' : status,
    what: error === null ? what : `${what}: ${error}`,
  }));
  return (
    <Part
      asked={asked}
      isEmpty={({ undo }) => undo.length === 0 && done.length === 0}
      empty="Nothing of it has to be undone."
      why={
        <p>
          Tasks that have a compensation stand here once they have begun: a cancel or a rollback undoes them, the last
          one first.
        </p>
      }
    >
      {({ undo }) => {
        const known = new Set(done.map(({ taskId }) => taskId));
        const left = undo
          .filter(({ id }) => !known.has(id))
          .map(({ id, agent, taskEnded }): Step => ({
            taskId: id,
            status: 'pending',
            what: `${agent ? `done by ${agent}` : 'done'}${taskEnded ? '' : ', has not ended'}: a cancel or a rollback would undo it`,
          }));
        return (
          <DataTable
            label="What is undone and would be"
            columns={columns}
            rows={[...done, ...left]}
            rowKey={({ taskId }) => taskId}
          />
        );
      }}
    </Part>
  );
}
