import { useState } from 'react';
import type { RunCheckpoint } from '../../../../../src/client/run.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { ForkDialog } from '../../../actions/fork-dialog.tsx';
import { useRun } from '../../../live/run-store.ts';
import { useWhyNot } from '../../../shell/session.tsx';
import { Button } from '../../../ui/button.tsx';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Ago } from '../../../ui/measures.tsx';
import { useSelection } from '../selection.ts';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

/** Points to fork from: what had ended by then is used again. */
export function CheckpointsTab() {
  const asked = usePart<{ checkpoints: RunCheckpoint[] }>('/checkpoints', 5000);
  const { select } = useSelection();
  const { id: run } = useRun();
  const [from, forkFrom] = useState<string | null>(null);
  const whyNot = useWhyNot('run');
  const columns: readonly Column<RunCheckpoint>[] = [
    { id: 'name', title: 'Checkpoint', cell: ({ checkpoint }) => safeLine(checkpoint) },
    {
      id: 'after',
      title: 'After',
      // It may also be a phase.
      cell: ({ after, tasks }) =>
        tasks.includes(after) ? (
          <button type="button" className={styles.link} onClick={() => select(after)}>
            {safeLine(after)}
          </button>
        ) : (
          safeLine(after)
        ),
    },
    { id: 'tasks', title: 'Tasks done', isNumber: true, cell: ({ tasks }) => tasks.length },
    {
      id: 'files',
      title: 'Files',
      rank: 2,
      cell: ({ snapshot }) => (snapshot === null ? 'none kept' : snapshot.slice(0, 10)),
    },
    { id: 'at', title: 'When', rank: 2, cell: ({ at }) => <Ago at={at} /> },
    {
      id: 'fork',
      title: '',
      cell: ({ checkpoint }) => (
        <Button kind="quiet" icon="fork" why={whyNot} onClick={() => forkFrom(checkpoint)}>
          Fork
        </Button>
      ),
    },
  ];
  return (
    <Part
      asked={asked}
      isEmpty={({ checkpoints }) => checkpoints.length === 0}
      empty="There are no checkpoints."
      why={<p>One is made after each task that ends. A fork also works from any task.</p>}
    >
      {({ checkpoints }) => (
        <>
          <DataTable
            label="Checkpoints"
            columns={columns}
            rows={checkpoints.toReversed()}
            rowKey={({ checkpoint }) => checkpoint}
          />
          {from !== null && <ForkDialog run={run} from={from} onClose={() => forkFrom(null)} />}
        </>
      )}
    </Part>
  );
}
