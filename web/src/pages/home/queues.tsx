import { Link } from 'wouter';
import type { QueueEntry } from '../../../../src/client/overview/queues.ts';
import { formatDuration } from '../../../../src/domain/format.ts';
import { Card } from '../../ui/surface.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Status } from '../../ui/status.tsx';
import styles from './home.module.css';

/** Who works on the queues, and what waits there. */
export function Queues({ queues }: { queues: readonly QueueEntry[] }) {
  return (
    <Card title="Workers and queues" actions={<Link href="/workers">Workers</Link>}>
      <DataTable
        label="Queues"
        rows={queues}
        rowKey={({ name }) => name}
        empty="Temporal says nothing of queues right now."
        columns={[
          { id: 'queue', title: 'Queue', cell: ({ name }) => name },
          { id: 'workers', title: 'Workers', cell: ({ workers }) => <Workers count={workers} /> },
          { id: 'waiting', title: 'Waiting', isNumber: true, cell: waitingText },
        ]}
      />
    </Card>
  );
}

function Workers({ count }: { count: number }) {
  if (count > 0) return <>{count}</>;
  return (
    <span className={styles.none}>
      <Status of="stuck" isCompact /> none: start <code>gaffer worker</code>
    </span>
  );
}

function waitingText({ waiting, oldestSeconds }: QueueEntry): string {
  if (waiting === null) return '–';
  return waiting > 0 && oldestSeconds ? `${waiting}, ${formatDuration(oldestSeconds * 1000)}` : String(waiting);
}
