import { useCallback, useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { WaitingEntry } from '../../../../src/client/runs.ts';
import { plural } from '../../../../src/domain/format.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useTitle } from '../../shell/title.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Copy, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type Filters, isFiltered, readFilters, toggled, writeFilters } from './filters.ts';
import type { ListedRuns } from './run-list.ts';
import { RunTable } from './run-table.tsx';
import { nothingChosen, type Selection } from './selection.ts';
import { useRunList } from './use-run-list.ts';
import styles from './page.module.css';

/** All runs, as many as there are: looked for, chosen, and many of them cancelled or retried at once. */
export function Page() {
  useTitle('Runs');
  const [filters, setFilters, setSearch] = useFilters();
  const { list, listed, seen } = useRunList(filters);
  const [selection, setSelection] = useState<Selection>(nothingChosen);
  const asking = useAsking();
  const onLabel = useCallback(
    (label: string) => setFilters((now) => ({ ...now, label: toggled(now.label, label) })),
    [setFilters],
  );
  const onWorkflow = useCallback((workflow: string) => setFilters((now) => ({ ...now, workflow })), [setFilters]);
  const onChange = useCallback((next: Filters, isSame?: boolean) => setFilters(() => next, isSame), [setFilters]);
  const chosen = listed.runs.filter(({ runId }) => selection.chosen.has(runId));
  return (
    <Sheet
      title="Runs"
      actions={
        <Link href="/workflows" className={styles.start}>
          Start a run
        </Link>
      }
    >
      <FilterBar filters={filters} onChange={onChange} onNamed={setSearch} />
      {listed.error && (
        <ProblemNotice error={listed.error} action={<Button onClick={() => void list?.more()}>Ask again</Button>} />
      )}
      {listed.isLoading && !listed.error && <Loading />}
      {listed.fresh > 0 && (
        <Button kind="quiet" icon="up" onClick={() => list?.show()}>
          Show {plural(listed.fresh, 'new run')}
        </Button>
      )}
      {list && listed.runs.length > 0 && (
        <RunTable {...{ list, listed, seen, selection, setSelection, asking, onLabel, onWorkflow }} />
      )}
      {!listed.isLoading && <Foot listed={listed} filters={filters} onClear={() => setSearch('')} />}
      <BulkBar
        chosen={chosen}
        onClear={() => setSelection(nothingChosen)}
        onDone={(action, ids) => {
          // What said no stays chosen.
          setSelection((now) => ({ ...now, chosen: new Set([...now.chosen].filter((id) => !ids.has(id))) }));
          if (action === 'remove') list?.remove(ids);
          void list?.look(seen.current.from, seen.current.to);
        }}
      />
    </Sheet>
  );
}

function Foot({ listed, filters, onClear }: { listed: ListedRuns; filters: Filters; onClear: () => void }) {
  const { runs, hasMore, error } = listed;
  if (runs.length > 0) {
    return (
      <p className={styles.foot} aria-live="polite">
        {hasMore ? `${runs.length} loaded, more as you scroll` : plural(runs.length, 'run')}
      </p>
    );
  }
  if (error || hasMore) return null;
  if (isFiltered(filters)) {
    return (
      <Empty title="No run fits.">
        <Button onClick={onClear}>Show all runs</Button>
      </Empty>
    );
  }
  return (
    <Empty title="There are no runs yet.">
      <p>
        <Link href="/workflows">Start a template</Link>, or on a terminal: <code>{startCommand}</code>{' '}
        <Copy text={startCommand} />
      </p>
    </Empty>
  );
}

const startCommand = 'gaffer run code-review';

/** The filters of the address. A click on what is there already changes nothing; each other one is a step to go back to, words that are being typed are one together. */
function useFilters() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filters = useMemo(() => readFilters(search), [search]);
  const setSearch = useCallback(
    (next: string, isSame = false) => navigate(next === '' ? '/runs' : `/runs?${next}`, { replace: isSame }),
    [navigate],
  );
  const setFilters = useCallback(
    (change: (now: Filters) => Filters, isSame = false) => {
      const next = writeFilters(change(readFilters(location.search)));
      if (next !== writeFilters(readFilters(location.search))) setSearch(next, isSame);
    },
    [setSearch],
  );
  return [filters, setFilters, setSearch] as const;
}

/** Runs of which something waits for whoever looks. */
function useAsking(): ReadonlySet<string> {
  const { data } = useAsk<{ waiting: WaitingEntry[] }>('/api/waiting', { everyMs: 5000 });
  const ids = data?.waiting.map(({ runId }) => runId).join('\n') ?? '';
  return useMemo(() => new Set(ids.split('\n')), [ids]);
}
