import { Link } from 'wouter';
import type { WorkflowLine } from '../../../../src/client/reading/workflows.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useKeys } from '../../shell/keys.tsx';
import { useTitle } from '../../shell/title.ts';
import { useAddress } from '../../ui/use-address.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Ago, Duration, Money } from '../../ui/measures.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import { Card, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { Describe } from './describe.tsx';
import { pathOf, titleOf, type WorkflowList } from './types.ts';
import styles from './workflows.module.css';

/** What can be started: in words, from a workflow file of the project, or from a template. */
export function Page() {
  useTitle('Workflows');
  const { data, error } = useAsk<WorkflowList>('/api/workflows', { everyMs: 30_000 });
  useKeys({ '/': { label: 'Search workflows', run: () => document.getElementById('workflow-search')?.focus() } });
  const [{ q: words, category }, change] = useAddress('q', 'category');
  const all = data?.workflows ?? [];
  const found = all.filter((each) => isLike(each, { words, category }));
  const own = found.filter(({ from }) => from !== 'shipped');
  const shipped = found.filter(({ from }) => from === 'shipped');
  const categories = [...new Set(all.flatMap((each) => each.category ?? []))].toSorted();
  return (
    <Sheet title="Workflows" actions={<Link href="/builder">Build one</Link>}>
      <Describe />
      <div className={styles.filters} role="search">
        <input
          id="workflow-search"
          type="search"
          aria-label="Search workflows"
          placeholder="Search workflows"
          value={words}
          onChange={(event) => change('q', event.target.value)}
        />
        <select aria-label="Category" value={category} onChange={(event) => change('category', event.target.value)}>
          <option value="">All categories</option>
          {categories.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loading />}
      {data && (own.length > 0 || (words === '' && category === '')) && (
        <Card title="Of this project">
          <Table label="Workflows of this project" rows={own} empty={<NoOwn />} />
          {!data.isAll && <Notice kind="info" title="There are more files: not all folders were looked through." />}
        </Card>
      )}
      {data && shipped.length > 0 && (
        <Card title="Templates that come with Gaffer">
          <Table label="Templates that come with Gaffer" rows={shipped} />
        </Card>
      )}
      {data && found.length === 0 && <Empty title="No workflow is like that." />}
    </Sheet>
  );
}

function NoOwn() {
  return (
    <Empty title="There is no workflow file in this folder yet.">
      <p>
        <Link href="/builder">Build one</Link>, or let <code>gaffer init</code> write one to begin with.
      </p>
    </Empty>
  );
}

const columns: readonly Column<WorkflowLine>[] = [
  { id: 'name', title: 'Workflow', cell: titleOf },
  {
    ...{ id: 'about', title: 'What it does', rank: 2 },
    cell: ({ description, problem, kind, workflow }) =>
      problem === null ? (
        description || (kind === 'file' ? workflow : '')
      ) : (
        <span className={styles.bad}>Cannot be read: {problem}</span>
      ),
  },
  {
    ...{ id: 'last', title: 'Last run', rank: 3 },
    cell: ({ history: { last } }) =>
      last && (
        <Link href={`/runs/${encodeURIComponent(last.runId)}`} className={styles.last}>
          <Status of={last.status} /> <Ago at={last.at} />
        </Link>
      ),
  },
  {
    ...{ id: 'success', title: 'Success', isNumber: true },
    cell: ({ history: { successRate, ended } }) => (
      <span title={`of ${ended} that ended`}>{successRate === null ? '' : `${Math.round(successRate * 100)} %`}</span>
    ),
  },
  {
    id: 'p50',
    title: 'Usually',
    isNumber: true,
    rank: 2,
    cell: ({ history: { p50Ms } }) => p50Ms !== null && <Duration ms={p50Ms} />,
  },
  {
    id: 'p95',
    title: '95 of 100',
    isNumber: true,
    rank: 3,
    cell: ({ history: { p95Ms } }) => p95Ms !== null && <Duration ms={p95Ms} />,
  },
  {
    ...{ id: 'cost', title: 'Mean cost', isNumber: true },
    cell: ({ history: { meanCostUsd } }) => meanCostUsd !== null && <Money usd={meanCostUsd} />,
  },
];

function Table({ label, rows, empty }: { label: string; rows: readonly WorkflowLine[]; empty?: React.ReactNode }) {
  return <DataTable {...{ label, columns, rows, empty }} rowKey={({ id }) => id} href={pathOf} />;
}

function isLike(workflow: WorkflowLine, { words, category }: { words: string; category: string }): boolean {
  const { id, workflow: name, description, tags } = workflow;
  const text = [id, name, description, workflow.category ?? '', ...tags].join(' ').toLowerCase();
  return (
    (category === '' || workflow.category === category) &&
    words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word))
  );
}
