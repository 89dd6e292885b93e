import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import type { Overview } from '../../../../src/client/overview/overview.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Ago, Money } from '../../ui/measures.tsx';
import { Status } from '../../ui/status.tsx';
import { Part } from './part.tsx';
import { RunLink } from './run-link.tsx';
import styles from './home.module.css';

/** Fetched when somebody wants it: the first view does without. */
const RetryDialog = lazy(async () => ({ default: (await import('../../actions/retry-dialog.tsx')).RetryDialog }));

type Entry = Overview['failed']['runs'][number];

const mostShown = 6;

/** What failed in the last day, with the tasks that did and why. */
export function Failed({ runs, count }: Overview['failed']) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? runs : runs.slice(0, mostShown);
  return (
    <Part
      id="failed"
      title="Failed in the last 24 hours"
      count={count}
      actions={<Link href="/runs?status=failed&status=partial&status=stopped&since=24h">In the list</Link>}
    >
      <ul className={styles.list}>
        {shown.map((run) => (
          <FailedRun key={run.runId} run={run} />
        ))}
      </ul>
      {shown.length < runs.length && (
        <div>
          <Button kind="quiet" icon="down" onClick={() => setWhole(true)}>
            {runs.length - shown.length} more
          </Button>
        </div>
      )}
    </Part>
  );
}

function FailedRun({ run }: { run: Entry }) {
  const [isAsked, ask] = useState(false);
  const whyNot = useWhyNot('run');
  return (
    <li className={styles.entry}>
      <Status of={run.status} isCompact />
      <div className={styles.what}>
        <div>
          <RunLink runId={run.runId} />{' '}
          <span className={styles.muted}>
            {run.status} · <Ago at={run.endedAt ?? run.startedAt} /> ·{' '}
            <Money usd={run.costUsd} isUncounted={run.isUncounted} />
          </span>
        </div>
        {run.tasks.length === 0 && run.reason !== null && <div>{safeLine(run.reason)}</div>}
        {run.tasks.map(({ id, error: why }) => (
          <div key={id} className={styles.why}>
            <FailedTask runId={run.runId} id={id} />
            {why !== null && <span>{safeLine(why)}</span>}
          </div>
        ))}
      </div>
      <Button icon="retry" why={whyNot} onClick={() => ask(true)}>
        Retry
      </Button>
      <Suspense>{isAsked && <RetryDialog run={run.runId} onClose={() => ask(false)} />}</Suspense>
    </li>
  );
}

function FailedTask({ runId, id }: { runId: string; id: string }) {
  return (
    <strong>
      <RunLink runId={runId} task={id} />
    </strong>
  );
}
