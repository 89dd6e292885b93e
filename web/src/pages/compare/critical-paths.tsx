import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { ComparedRun } from '../../../../src/client/evaluation/compare-many.ts';
import { Duration } from '../../ui/measures.tsx';
import { Card, Chip } from '../../ui/surface.tsx';
import { letterOf } from './letter.ts';
import styles from './compare.module.css';

const most = 40;

/** What each run could not have been quicker than: the longest way through its tasks. */
export function CriticalPaths({ runs }: { runs: readonly ComparedRun[] }) {
  return (
    <Card title="Critical paths">
      <p className={styles.hint}>
        The longest way through the tasks of each run: what it takes however much runs at once.
      </p>
      <dl className={styles.paths}>
        {runs.map(({ runId, criticalPath: { tasks, totalMs } }, index) => (
          <div key={runId}>
            <dt>
              {letterOf(index)}, <Duration ms={totalMs} />
            </dt>
            <dd className={styles.row}>
              {tasks.slice(0, most).map((task) => (
                <Chip key={task}>{safeLine(task)}</Chip>
              ))}
              {tasks.length > most && <span className={styles.hint}>and {tasks.length - most} more</span>}
              {tasks.length === 0 && <span className={styles.hint}>nothing was done</span>}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
