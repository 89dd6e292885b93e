import type { PaidStory, TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import { formatUsdLimit } from '../../../../../src/domain/format.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Meter, Money, Tokens } from '../../../ui/measures.tsx';
import styles from './inspector.module.css';

interface Row {
  id: string;
  what: string;
  paid: PaidStory;
}

const columns: readonly Column<Row>[] = [
  { id: 'what', title: 'What', cell: ({ what }) => what },
  { id: 'calls', title: 'Calls', isNumber: true, cell: ({ paid }) => paid.calls },
  { id: 'in', title: 'Input', isNumber: true, cell: ({ paid }) => <Tokens n={paid.usage.inputTokens} /> },
  { id: 'out', title: 'Output', isNumber: true, cell: ({ paid }) => <Tokens n={paid.usage.outputTokens} /> },
  { id: 'read', title: 'Cache read', isNumber: true, cell: ({ paid }) => <Tokens n={paid.usage.cacheReadTokens} /> },
  { id: 'write', title: 'Cache write', isNumber: true, cell: ({ paid }) => <Tokens n={paid.usage.cacheWriteTokens} /> },
  {
    id: 'cost',
    title: 'Cost',
    isNumber: true,
    cell: ({ paid }) => (
      <Money usd={paid.costUsd} isEstimate={paid.estimatedCalls > 0} isUncounted={paid.uncountedCalls > 0} />
    ),
  },
];

/** What a task cost, attempt by attempt. */
export function CostPane({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt | null }) {
  const { attempts, helpers, paid, limits } = detail;
  const rows: Row[] = [
    ...attempts.map((each) => ({
      id: `attempt ${each.number}`,
      what: `Attempt ${each.number}${each === attempt && attempts.length > 1 ? ' (shown)' : ''}`,
      paid: each.paid,
    })),
    ...helpers.map(({ id, paid: theirs }) => ({ id, what: safeLine(id), paid: theirs })),
    ...(attempts.length > 1 ? [{ id: 'all', what: 'All attempts', paid }] : []),
  ];
  const cached = paid.usage.cacheReadTokens;
  const sent = paid.usage.inputTokens + paid.usage.cacheReadTokens + paid.usage.cacheWriteTokens;
  return (
    <div className={styles.why}>
      <DataTable
        label="What it cost"
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        empty="Nothing was paid for it."
      />
      {sent > 0 && (
        <p className={styles.muted}>{Math.round((cached / sent) * 100)} % of what was sent came from the cache.</p>
      )}
      {paid.estimatedCalls > 0 && (
        <p className={styles.muted}>
          Of {paid.estimatedCalls} calls the provider did not tell all: what was reserved counts.
        </p>
      )}
      {paid.uncountedCalls > 0 && (
        <p className={styles.muted}>
          Nobody knows the price of {paid.uncountedCalls} calls: they are not in it, and were not free.
        </p>
      )}
      {limits.usd !== null && (
        <p>
          <Meter value={paid.costUsd} max={limits.usd} label={`Spent of its limit of ${formatUsdLimit(limits.usd)}`} />{' '}
          of its limit of {formatUsdLimit(limits.usd)}
        </p>
      )}
    </div>
  );
}
