import { useState } from 'react';
import type { RunMerge } from '../../../../../src/client/merge/merge-run.ts';
import type { BranchDiff } from '../../../../../src/client/merge/run-branches.ts';
import type { BranchState, GateState } from '../../../../../src/domain/coding/coding-state.ts';
import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { ask, at } from '../../../api/service.ts';
import { useAsk, useSend } from '../../../api/use-ask.ts';
import { useLive, useRun } from '../../../live/run-store.ts';
import { notify } from '../../../shell/notices.tsx';
import { useWhyNot } from '../../../shell/session.tsx';
import { Diff } from '../../../untrusted/diff.tsx';
import { Button } from '../../../ui/button.tsx';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Duration } from '../../../ui/measures.tsx';
import { AskAgain, ProblemNotice } from '../../../ui/notice.tsx';
import { Empty, Loading } from '../../../ui/surface.tsx';
import { Status } from '../../../ui/status.tsx';
import { useSelection } from '../selection.ts';
import styles from './tabs.module.css';

type Row = BranchState & { task: string };

/** Branches of the run's tasks, how far each has come, and the gates that were tried on what they come to together. */
export function BranchesTab() {
  const { branches, gates } = useLive(({ state }) => state.coding ?? { branches: {}, gates: [] });
  const rows = Object.entries(branches).map(([task, branch]): Row => ({ task, ...branch }));
  const [shown, show] = useState<string | null>(null);
  if (rows.length === 0)
    return (
      <Empty title="No task works on a branch of its own.">
        <p>
          With <code>workspace: {'{ isolate: worktree }'}</code> in the workflow file each does, and agents with a
          runner do so anyway.
        </p>
      </Empty>
    );
  return (
    <div className={styles.columns}>
      <MergeAll isOpen={rows.some(({ status, head }) => status !== 'merged' && head !== null)} />
      <Train rows={rows} />
      <DataTable label="Branches" columns={columnsOf(show)} rows={rows} rowKey={({ task }) => task} />
      <Gates gates={gates} />
      {shown !== null && <DiffDialog task={shown} onClose={() => show(null)} />}
    </div>
  );
}

function columnsOf(show: (task: string) => void): readonly Column<Row>[] {
  return [
    { id: 'task', title: 'Task', cell: ({ task }) => <TaskName task={task} /> },
    { id: 'status', title: 'Status', cell: (row) => <Standing {...row} /> },
    { id: 'branch', title: 'Branch', rank: 2, cell: ({ branch }) => <code>{safeLine(branch)}</code> },
    {
      id: 'into',
      title: 'Goes into',
      rank: 2,
      cell: ({ into }) => (into === null ? '' : <code>{safeLine(into)}</code>),
    },
    { id: 'kept', title: 'Snapshots', rank: 3, isNumber: true, cell: ({ snapshots }) => snapshots },
    {
      id: 'diff',
      title: '',
      cell: ({ task, head }) =>
        head !== null && (
          <Button kind="quiet" onClick={() => show(task)}>
            Changes
          </Button>
        ),
    },
  ];
}

function TaskName({ task }: { task: string }) {
  const { select } = useSelection();
  return (
    <button type="button" className={`${styles.link} ${styles.name}`} onClick={() => select(task)}>
      {safeLine(task)}
    </button>
  );
}

/** How far it has come, what stands in its way, and what its task alone may write now. */
function Standing({ status, reason, overlaps, lease }: Row) {
  const leased = lease?.folders.map((folder) => `${folder}/`) ?? [];
  return (
    <>
      <Status of={status} />
      {reason !== null && <div>{safeText(reason)}</div>}
      {leased.length > 0 && <div className={styles.muted}>{safeLine(`may write ${named(leased)} only`)}</div>}
      {Object.entries(overlaps).map(([other, files]) => (
        <div key={other} className={styles.muted}>
          {safeLine(`${other} changed ${named(files)}, too`)}
        </div>
      ))}
    </>
  );
}

function named(files: readonly string[]): string {
  return `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
}

/** Which branches wait for their turn, in the order in which they asked. */
function Train({ rows }: { rows: readonly Row[] }) {
  const queued = rows.filter(({ status }) => status === 'queued');
  const targets = [...new Set(queued.map(({ into }) => into ?? ''))];
  return targets.map((target) => {
    const tasks = queued.filter(({ into }) => (into ?? '') === target).map(({ task }) => task);
    return <p key={target}>{safeLine(`In the train to ${target}: ${tasks.join(', ')}`)}</p>;
  });
}

function MergeAll({ isOpen }: { isOpen: boolean }) {
  const { id } = useRun();
  const whyNot = useWhyNot('run');
  const merge = useSend(() => ask<RunMerge>(at`/api/runs/${id}/merge`, { method: 'POST', body: {} }), {
    about: [at`/api/runs/${id}`],
    done: ({ outcomes }) => {
      const left = outcomes.filter(({ status }) => status !== 'merged');
      const text = left.map(({ task, reason }) => `${task}: ${reason ?? 'not merged'}`).join('; ');
      notify(left.length === 0 ? { kind: 'good', text: 'All branches are in.' } : { kind: 'warn', text });
    },
  });
  return (
    <div className={styles.actions}>
      <p className={styles.muted}>A branch goes in when the gates pass on what it comes to together with its target.</p>
      <Button
        why={whyNot ?? (isOpen ? undefined : 'There is no branch that is not in yet.')}
        isBusy={merge.isBusy}
        onClick={() => merge.send(undefined)}
      >
        Merge branches
      </Button>
      {merge.error && <ProblemNotice error={merge.error} />}
    </div>
  );
}

function Gates({ gates }: { gates: readonly GateState[] }) {
  if (gates.length === 0) return null;
  return (
    <div>
      <h3>Gates</h3>
      <ul className={styles.list}>
        {gates.toReversed().map((gate, index) => (
          <li key={index} className={styles.message}>
            <div className={styles.head}>
              <Status of={gate.success ? 'succeeded' : 'failed'} />
              <code>{safeLine(gate.command)}</code>
              <span className={styles.muted}>
                on {safeLine(gate.tasks.join(', '))} · <Duration ms={gate.duration} />
              </span>
            </div>
            {!gate.success && <pre className={styles.text}>{safeText(gate.output)}</pre>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function DiffDialog({ task, onClose }: { task: string; onClose: () => void }) {
  const { id } = useRun();
  const { data, error, refetch } = useAsk<{ tasks: BranchDiff[] }>(at`/api/runs/${id}/tasks/${task}/diff`);
  const [diff] = data?.tasks ?? [];
  return (
    <Dialog title={`What ${safeLine(task)} changed`} isOpen onClose={onClose} isWide>
      {error && !data ? <AskAgain error={error} refetch={refetch} /> : !data && <Loading />}
      {diff && (diff.whyNone === null ? <Diff patch={diff.patch} /> : <Empty title={safeLine(diff.whyNone)} />)}
      {diff?.isShortened && <p className={styles.muted}>There is more than is shown here: gaffer diff shows it all.</p>}
    </Dialog>
  );
}
