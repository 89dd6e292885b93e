import { Link } from 'wouter';
import type { PastRun } from '../../../../src/domain/evaluation/workflow-history.ts';
import { formatDuration } from '../../../../src/domain/format.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Ago, Duration, Money } from '../../ui/measures.tsx';
import { markOf, Status } from '../../ui/status.tsx';
import { Empty } from '../../ui/surface.tsx';
import { Figures } from './figures.tsx';
import type { History } from './types.ts';
import styles from './workflows.module.css';

/** How a workflow did: its figures, its newest runs as bars of their length, and each of them. */
export function HistoryView({ history, path }: { history: History; path: string }) {
  const { past } = history;
  if (past.length === 0)
    return (
      <Empty title="It has not run yet.">
        <Link href={path}>Start it</Link>
      </Empty>
    );
  return (
    <>
      <Figures history={history} />
      <Bars past={past} />
      <DataTable
        label="Its newest runs"
        rows={past}
        rowKey={({ runId }) => runId}
        href={({ runId }) => `/runs/${encodeURIComponent(runId)}`}
        columns={[
          { id: 'run', title: 'Run', cell: ({ runId }) => runId },
          { id: 'status', title: 'Status', cell: ({ status }) => <Status of={status} /> },
          { id: 'started', title: 'Started', rank: 2, cell: ({ startedAt }) => <Ago at={startedAt} /> },
          {
            ...{ id: 'duration', title: 'Took', isNumber: true },
            cell: ({ durationMs }) => (durationMs === null ? '' : <Duration ms={durationMs} />),
          },
          { id: 'cost', title: 'Cost', isNumber: true, cell: ({ costUsd }) => <Money usd={costUsd} /> },
          {
            ...{ id: 'again', title: '', rank: 2 },
            cell: ({ runId }) => <Link href={`${path}?from=${encodeURIComponent(runId)}`}>Start again …</Link>,
          },
        ]}
      />
    </>
  );
}

/** One bar a run, the oldest to the left: as high as it took long, with the mark of how it ended. */
function Bars({ past }: { past: readonly PastRun[] }) {
  const ended = past.filter(({ durationMs }) => durationMs !== null).toReversed();
  const longest = Math.max(1, ...ended.map(({ durationMs }) => durationMs!));
  if (ended.length < 3) return null;
  return (
    <figure
      className={styles.bars}
      aria-label={`How long the newest ${ended.length} runs took, at most ${formatDuration(longest)}`}
    >
      <div role="presentation">
        {ended.map(({ runId, status, durationMs }) => (
          <i
            key={runId}
            title={`${runId}: ${status}, ${formatDuration(durationMs!)}`}
            data-tone={markOf(status).tone}
            style={{ height: `${Math.max(4, (durationMs! / longest) * 100)}%` }}
          />
        ))}
      </div>
      <figcaption>
        Length of the newest {ended.length} runs, the newest to the right; at most {formatDuration(longest)}
      </figcaption>
    </figure>
  );
}
