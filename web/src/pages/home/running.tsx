import { Link } from 'wouter';
import type { Overview } from '../../../../src/client/overview/overview.ts';
import { formatUsd } from '../../../../src/domain/format.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { Elapsed, Meter, Money } from '../../ui/measures.tsx';
import { Status } from '../../ui/status.tsx';
import { Part } from './part.tsx';
import { RunLink } from './run-link.tsx';
import styles from './home.module.css';

const mostShown = 12;

/** What is running, how far it is, and what it has spent of what it may. */
export function Running({ runs, count }: Overview['running']) {
  return (
    <Part
      id="running"
      title="Running"
      count={count}
      actions={count > mostShown && <Link href="/runs?status=open">All that are open</Link>}
    >
      {count === 0 ? (
        <p className={styles.muted}>
          Nothing is running. <Link href="/workflows">Start a run</Link>
        </p>
      ) : (
        <ul className={styles.list}>
          {runs.slice(0, mostShown).map((run) => (
            <li key={run.runId} className={styles.entry}>
              <Status of={run.status} isCompact />
              <div className={styles.what}>
                <div>
                  <RunLink runId={run.runId} />{' '}
                  <span className={styles.muted}>
                    {safeLine(run.workflow)} · <Elapsed since={run.startedAt} />
                  </span>
                </div>
              </div>
              <Progress {...run.tasks} />
              <div className={styles.measure}>
                <span>
                  <Money usd={run.costUsd} isUncounted={run.isUncounted} />{' '}
                  <span className={styles.muted}>of {formatUsd(run.limitUsd)}</span>
                </span>
                <Meter value={run.costUsd} max={run.limitUsd} label="spent of its limit" />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Progress({ done, failed, total }: Overview['running']['runs'][number]['tasks']) {
  return (
    <div className={styles.measure}>
      <span>
        {done} of {total} tasks{failed > 0 && <span className={styles.bad}> · {failed} failed</span>}
      </span>
      <progress value={done} max={Math.max(1, total)} aria-label="tasks done" />
    </div>
  );
}
