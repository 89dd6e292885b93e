import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { at } from '../../api/service.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Ago } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';

interface AuditRow {
  at: string;
  keyName: string;
  action: string;
  runId: string | null;
  result: string;
  detail: JsonObject | null;
}

/** Who changed what, newest first; of one run with `run` in the address. */
export function Audit() {
  const why = useWhyNot('admin');
  const [search, setSearch] = useSearchParams();
  const run = search.get('run') ?? undefined;
  const [cursors, setCursors] = useState<string[]>([]);
  const cursor = cursors.at(-1);
  const { data, error, isLoading } = useAsk<{ rows: AuditRow[]; next: string | null }>(
    why === undefined ? '/api/audit' : null,
    { query: { run, cursor, limit: 100 }, keepOld: true },
  );
  if (why !== undefined) return <p>Who looks at the audit {why}.</p>;
  return (
    <>
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {run !== undefined && (
        <p>
          Only of the run {run}.{' '}
          <Button kind="quiet" onClick={() => setSearch({ tab: 'audit' })}>
            Show all
          </Button>
        </p>
      )}
      {data && (
        <DataTable
          label="Audit"
          rows={data.rows}
          rowKey={(row) => `${row.at} ${row.action} ${JSON.stringify(row.detail)}`}
          columns={[
            { id: 'at', title: 'When', cell: (row) => <Ago at={row.at} /> },
            { id: 'who', title: 'Who', cell: ({ keyName }) => keyName },
            { id: 'what', title: 'What', cell: ({ action }) => <code>{action}</code> },
            {
              id: 'run',
              title: 'Run',
              rank: 2,
              cell: ({ runId }) => (runId ? <Link href={at`/runs/${runId}`}>{runId}</Link> : '–'),
            },
            { id: 'result', title: 'Result', cell: ({ result }) => result },
            {
              id: 'about',
              title: 'About',
              rank: 3,
              cell: ({ detail }) => (detail?.['about'] ? <code>{JSON.stringify(detail['about'])}</code> : ''),
            },
          ]}
        />
      )}
      <div>
        <Button
          why={cursors.length === 0 ? 'this is the newest page' : undefined}
          onClick={() => setCursors(cursors.slice(0, -1))}
        >
          Newer
        </Button>{' '}
        <Button
          why={data?.next ? undefined : 'there is nothing older'}
          onClick={() => data?.next && setCursors([...cursors, data.next])}
        >
          Older
        </Button>
      </div>
    </>
  );
}
