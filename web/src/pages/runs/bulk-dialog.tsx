import { useState } from 'react';
import { Link } from 'wouter';
import { plural } from '../../../../src/domain/format.ts';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { ask } from '../../api/service.ts';
import { useSend } from '../../api/use-ask.ts';
import { notify } from '../../shell/notices.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import type { BulkAction, BulkPlan } from './bulk.ts';
import styles from './bulk-bar.module.css';

interface BulkResult {
  runId: string;
  run: string | null;
  problem: { detail: string } | null;
}

interface BulkDialogProps {
  plan: BulkPlan;
  onClose: () => void;
  onDone: (action: BulkAction, ids: ReadonlySet<string>) => void;
}

const atOnce = 200;
const mostShown = 8;
const doneWords: Readonly<Record<BulkAction, string>> = {
  cancel: 'is being cancelled',
  ...{ pause: 'is paused', resume: 'goes on', retry: 'is done anew', remove: 'is removed' },
};

/** Says what happens to how many, does it after a yes, and says of which it could not be done. */
export function BulkDialog({ plan, onClose, onDone }: BulkDialogProps) {
  const { action, runs, title, what, left } = plan;
  const [results, setResults] = useState<readonly BulkResult[] | null>(null);
  const { send, isBusy, error } = useSend((ids: readonly string[]) => doAll(action, ids), {
    about: ['/api/runs', '/api/overview', '/api/run-counts', '/api/waiting'],
    done: (told) => {
      const done = told.filter(({ problem }) => problem === null);
      onDone(action, new Set(done.map(({ runId }) => runId)));
      if (done.length > 0) notify({ kind: 'good', text: `${plural(done.length, 'run')}: each ${doneWords[action]}.` });
      if (done.length === told.length) onClose();
      else setResults(told.filter(({ problem }) => problem !== null));
    },
  });
  return (
    <Dialog
      title={results ? `${plural(results.length, 'run')} said no` : title}
      isOpen
      onClose={onClose}
      actions={
        results ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button onClick={onClose}>Keep as they are</Button>
            <Button
              kind={action === 'cancel' || action === 'remove' ? 'danger' : 'primary'}
              isBusy={isBusy}
              onClick={() => send(runs.map(({ runId }) => runId))}
            >
              {title}
            </Button>
          </>
        )
      }
    >
      {results ? (
        <ul className={styles.list}>
          {results.map(({ runId, problem }) => (
            <li key={runId}>
              <Link href={`/runs/${encodeURIComponent(runId)}`}>{safeLine(runId)}</Link>: {safeLine(problem!.detail)}
            </li>
          ))}
        </ul>
      ) : (
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
          {error && <ProblemNotice error={error} />}
        </>
      )}
    </Dialog>
  );
}

async function doAll(action: BulkAction, ids: readonly string[]): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for (let from = 0; from < ids.length; from += atOnce) {
    const body = { action, runs: ids.slice(from, from + atOnce) };
    results.push(
      ...(await ask<{ results: BulkResult[] }>('/api/runs/bulk', { method: 'POST', body, withinMs: null })).results,
    );
  }
  return results;
}
