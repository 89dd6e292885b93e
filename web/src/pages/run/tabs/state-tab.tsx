import { useState } from 'react';
import type { SharedState, StateHold, StateValue } from '../../../../../src/client/state/shared-state.ts';
import { safeJson, safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { at } from '../../../api/service.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { useRun } from '../../../live/run-store.ts';
import { DataTable, type Column } from '../../../ui/data-table.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Ago } from '../../../ui/measures.tsx';
import { AskAgain } from '../../../ui/notice.tsx';
import { Loading } from '../../../ui/surface.tsx';
import { useSelection } from '../selection.ts';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

/** What the agents of the run share: the newest value of every key, and who holds one. */
export function StateTab() {
  const asked = usePart<SharedState>('/state', 3000);
  const [key, setKey] = useState<string | null>(null);
  return (
    <Part
      asked={asked}
      isEmpty={({ values, locks }) => values.length === 0 && locks.length === 0}
      empty="Its agents share nothing yet."
      why={<p>They do with the tools get_state and set_state.</p>}
    >
      {({ values, locks }) => (
        <div className={styles.columns}>
          {locks.length > 0 && (
            <DataTable label="Keys that are held" columns={holdColumns} rows={locks} rowKey={(lock) => lock.key} />
          )}
          <Values values={values} onKey={setKey} />
          <Dialog
            title={`Versions of ${safeLine(key ?? '')}`}
            isOpen={key !== null}
            onClose={() => setKey(null)}
            isWide
          >
            {key !== null && <Versions name={key} />}
          </Dialog>
        </div>
      )}
    </Part>
  );
}

const holdColumns: readonly Column<StateHold>[] = [
  { id: 'key', title: 'Held key', cell: ({ key }) => <code>{safeLine(key)}</code> },
  { id: 'by', title: 'By', cell: ({ task, by }) => safeLine(`${task} (${by})`) },
  { id: 'since', title: 'Since', rank: 2, cell: ({ since }) => <Ago at={since} /> },
  { id: 'until', title: 'Lease ends', rank: 2, cell: ({ expiresAt }) => <Ago at={expiresAt} /> },
  {
    id: 'waiting',
    title: 'Who waits',
    cell: ({ waiting }) => safeLine(waiting.map(({ task }) => task).join(', ')) || '–',
  },
];

function Values({ values, onKey }: { values: readonly StateValue[]; onKey: (key: string) => void }) {
  const { select } = useSelection();
  const columns: readonly Column<StateValue>[] = [
    {
      id: 'key',
      title: 'Key',
      cell: ({ key }) => (
        <button type="button" className={styles.link} onClick={() => onKey(key)} title="All its versions">
          <code>{safeLine(key)}</code>
        </button>
      ),
    },
    { id: 'value', title: 'Value', cell: ({ value }) => <Value value={value} /> },
    { id: 'version', title: 'Version', isNumber: true, rank: 2, cell: ({ version }) => version },
    {
      id: 'by',
      title: 'Written by',
      rank: 2,
      cell: ({ task }) => (
        <button type="button" className={styles.link} onClick={() => select(task)}>
          {safeLine(task)}
        </button>
      ),
    },
    { id: 'at', title: 'When', rank: 3, cell: ({ at: when }) => <Ago at={when} /> },
  ];
  return <DataTable label="Shared values" columns={columns} rows={values} rowKey={({ key }) => key} />;
}

function Value({ value }: { value: StateValue['value'] }) {
  return <pre className={styles.text}>{typeof value === 'string' ? safeText(value) : safeJson(value, 2)}</pre>;
}

function Versions({ name }: { name: string }) {
  const { id } = useRun();
  const { data, error, refetch } = useAsk<{ versions: StateValue[] }>(at`/api/runs/${id}/state/${name}`);
  if (!data) return error ? <AskAgain error={error} refetch={refetch} /> : <Loading />;
  return (
    <ol className={styles.list}>
      {data.versions.toReversed().map((each) => (
        <li key={each.version} className={styles.message}>
          <span className={styles.muted}>
            version {each.version} by {safeLine(each.task)}, <Ago at={each.at} />
          </span>
          <Value value={each.value} />
        </li>
      ))}
    </ol>
  );
}
