import type { ReactNode } from 'react';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import type { TaskState } from '../../../../../src/domain/run/task-state.ts';
import { useLive } from '../../../live/run-store.ts';
import { Duration, Money } from '../../../ui/measures.tsx';
import { Card, Empty } from '../../../ui/surface.tsx';
import { workedMs } from '../graph/timeline-rows.ts';
import { useSpans } from '../graph/use-spans.ts';
import { TaskLink } from './task-link.tsx';
import styles from './inspector.module.css';

const mostBad = 25;
const mostDear = 8;
const mostSlow = 5;

/** Tasks of a run that are worth a look: what failed, what waits, what cost and took most. */
export function RunSummary() {
  const tasks = useLive(({ state }) => state.tasks);
  const { spans } = useSpans();
  const all = [...tasks.values()];
  const ms = Date.now() - (spans?.book.from ?? 0);
  const worked = new Map(all.map(({ id }) => [id, workedMs(spans?.book.rows.get(id) ?? null, ms)]));
  if (all.length === 0) return <Empty title="No task has begun." />;
  const failed = all.filter(({ status }) => status === 'failed');
  const waiting = all.filter(({ status }) => status === 'waiting');
  const dear = all.filter(({ costUsd }) => costUsd > 0).toSorted((a, b) => b.costUsd - a.costUsd);
  const workedOf = ({ id }: TaskState): number => worked.get(id)!;
  const slow = all.filter((task) => workedOf(task) > 0).toSorted((a, b) => workedOf(b) - workedOf(a));
  return (
    <div className={styles.summary}>
      <h2>Worth a look</h2>
      <Rows title="Failed" tasks={failed} most={mostBad} tell={(task) => safeLine(task.error ?? '')} />
      <Rows title="Waiting" tasks={waiting} most={mostBad} tell={(task) => safeLine(task.waitsFor?.detail ?? '')} />
      <Rows
        title="Cost most"
        tasks={dear}
        most={mostDear}
        share={(task) => task.costUsd / dear[0]!.costUsd}
        tell={(task) => <Money usd={task.costUsd} isUncounted={task.uncountedCalls > 0} />}
      />
      <Rows
        title="Worked longest"
        tasks={slow}
        most={mostSlow}
        share={(task) => workedOf(task) / workedOf(slow[0]!)}
        tell={(task) => <Duration ms={workedOf(task)} />}
      />
      {failed.length + dear.length + waiting.length === 0 && (
        <p className={styles.muted}>Choose a task to see why it stands as it does, what was said, and what it cost.</p>
      )}
    </div>
  );
}

interface RowsProps {
  title: string;
  tasks: readonly TaskState[];
  most: number;
  tell: (task: TaskState) => ReactNode;
  /** Of the first one, from 0 to 1. */
  share?: (task: TaskState) => number;
}

function Rows({ title, tasks, most, tell, share }: RowsProps) {
  if (tasks.length === 0) return null;
  return (
    <Card title={`${title}${tasks.length > most ? ` (${most} of ${tasks.length})` : ''}`}>
      <ul className={styles.rows}>
        {tasks.slice(0, most).map((task) => (
          <li key={task.id} className={styles.row}>
            <TaskLink id={task.id} status={task.status} />
            <span className={styles.told}>{tell(task)}</span>
            {share && <span className={styles.bar} style={{ width: `${Math.max(1, share(task) * 100)}%` }} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
