import { useState } from 'react';
import { Link } from 'wouter';
import { plural } from '../../../../src/domain/format.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { newKey } from '../../../../src/http-client/wire.ts';
import { ask, at } from '../../api/service.ts';
import { useSend } from '../../api/use-ask.ts';
import { notify } from '../../shell/notices.tsx';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import { type BulkAction, type BulkPlan, type BulkResult, inBatches } from './bulk.ts';
import styles from './bulk-bar.module.css';

interface BulkDialogProps {
  plan: BulkPlan;
  onClose: () => void;
  onDone: (action: BulkAction, ids: ReadonlySet<string>) => void;
}

const mostShown = 8;
const doneWords: Readonly<Record<BulkAction, string>> = {
  cancel: 'is being cancelled',
  ...{ pause: 'is paused', resume: 'is resumed', retry: 'is retried', remove: 'is removed' },
};

/** Says what happens to how many, does it after a yes, and says of which it could not be done. What was done stays done when the rest fails: pressed again, it goes on with that. */
export function BulkDialog({ plan, onClose, onDone }: BulkDialogProps) {
  const { action, runs, title } = plan;
  const { results, send, isBusy, error } = useBulk(plan, onClose, onDone);
  const whyNot = useWhyNot('run');
  const isOver = results.length === runs.length;
  const refused = results.filter(({ problem }) => problem !== null);
  return (
    <Dialog
      title={isOver ? `${plural(refused.length, 'run')} said no` : title}
      isOpen
      onClose={onClose}
      actions={
        isOver ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button onClick={onClose}>{results.length > 0 ? 'Leave the rest' : 'Keep as they are'}</Button>
            <Button
              kind={action === 'cancel' || action === 'remove' ? 'danger' : 'primary'}
              isBusy={isBusy}
              why={whyNot}
              onClick={() => send()}
            >
              {results.length > 0 ? `Go on with the other ${runs.length - results.length}` : title}
            </Button>
          </>
        )
      }
    >
      {refused.length > 0 && (
        <ul className={styles.list} aria-label="Runs that said no">
          {refused.map(({ runId, problem }) => (
            <li key={runId}>
              <Link href={at`/runs/${runId}`}>{safeLine(runId)}</Link>: {safeLine(problem!.detail)}
            </li>
          ))}
        </ul>
      )}
      {!isOver && (
        <>
          <Before plan={plan} />
          {results.length > 0 && (
            <p role="status">
              {results.length} of {runs.length} are through.
            </p>
          )}
          {error && <ProblemNotice error={error} />}
        </>
      )}
    </Dialog>
  );
}

/** Does it, and what came of each so far. */
function useBulk(plan: BulkPlan, onClose: () => void, onDone: BulkDialogProps['onDone']) {
  const { action, runs } = plan;
  const [results, setResults] = useState<readonly BulkResult[]>([]);
  // What was lost on its way is sent with the key that it had: the service does nothing twice.
  const [key] = useState(newKey);
  const sent = useSend<void, readonly BulkResult[]>(
    () =>
      inBatches(
        runs.map(({ runId }) => runId),
        results,
        async (batch, number) => {
          const headers = { 'Idempotency-Key': `${key}-${number}` };
          const request = { method: 'POST' as const, body: { action, runs: batch }, headers, withinMs: null };
          return (await ask<{ results: BulkResult[] }>('/api/runs/bulk', request)).results;
        },
        (all) => {
          setResults(all);
          onDone(action, new Set(all.filter(({ problem }) => problem === null).map(({ runId }) => runId)));
        },
      ),
    {
      about: ['/api/runs', '/api/overview', '/api/run-counts', '/api/waiting'],
      done: (told) => {
        const done = told.filter(({ problem }) => problem === null);
        if (done.length > 0)
          notify({ kind: 'good', text: `${plural(done.length, 'run')}: each ${doneWords[action]}.` });
        if (done.length === told.length) onClose();
      },
    },
  );
  return { ...sent, results };
}

function Before({ plan: { runs, what, left } }: { plan: BulkPlan }) {
  return (
    <>
      {what.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {left !== null && <Notice kind="info" title={left} />}
      <ul className={styles.list}>
        {runs.slice(0, mostShown).map(({ runId, status }) => (
          <li key={runId}>
            {safeLine(runId)} <Status of={status} />
          </li>
        ))}
        {runs.length > mostShown && <li>and {runs.length - mostShown} more</li>}
      </ul>
    </>
  );
}
