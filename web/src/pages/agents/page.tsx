import { useState } from 'react';
import { useAsk } from '../../api/use-ask.ts';
import { useKeys } from '../../shell/keys.tsx';
import { useTitle } from '../../shell/title.ts';
import { useAddress } from '../../ui/use-address.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Money } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Card, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { pathOf, type AgentLine } from './types.ts';
import styles from './agents.module.css';

/** How many are shown before one asks for all. */
const mostShown = 60;

/** Agents that workflows here can name: the project's own and those that come with Gaffer, with what they may do and did. */
export function Page() {
  useTitle('Agents');
  const { data, error } = useAsk<{ agents: AgentLine[] }>('/api/agents', { query: { stats: true } });
  const [isWhole, setWhole] = useState(false);
  useKeys({ '/': { label: 'Search agents', run: () => document.getElementById('agent-search')?.focus() } });
  const [{ q: words, category }, change] = useAddress('q', 'category');
  const all = data?.agents ?? [];
  const found = all.filter((each) => isLike(each, { words, category })).toSorted(byUse);
  const shown = isWhole ? found : found.slice(0, mostShown);
  return (
    <Sheet title="Agents">
      <div className={styles.filters} role="search">
        <input
          id="agent-search"
          type="search"
          aria-label="Search agents"
          placeholder="Search by name, what it does, tool or model"
          value={words}
          onChange={(event) => change('q', event.target.value)}
        />
        <select aria-label="Category" value={category} onChange={(event) => change('category', event.target.value)}>
          <option value="">All categories</option>
          {[...new Set(all.flatMap((each) => each.category ?? []))].toSorted().map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loading />}
      {data && (
        <Card title={`${found.length} of ${all.length} agents`}>
          <DataTable
            label="Agents"
            columns={columns}
            rows={shown}
            rowKey={({ name }) => name}
            href={pathOf}
            empty={<Empty title="No agent is like that." />}
          />
          {shown.length < found.length && (
            <div>
              <Button onClick={() => setWhole(true)}>Show all {found.length}</Button>
            </div>
          )}
        </Card>
      )}
    </Sheet>
  );
}

const columns: readonly Column<AgentLine>[] = [
  { id: 'name', title: 'Agent', cell: ({ name }) => name },
  {
    id: 'does',
    title: 'What it does',
    rank: 2,
    cell: ({ description }) => <span className={styles.does}>{description}</span>,
  },
  {
    id: 'from',
    title: 'From',
    rank: 3,
    cell: ({ from }) => <span className={styles.whole}>{from === 'own' ? 'own' : 'Gaffer'}</span>,
  },
  { id: 'model', title: 'Model', rank: 3, cell: ({ model }) => <span className={styles.whole}>{model}</span> },
  {
    id: 'tools',
    title: 'Tools',
    rank: 2,
    cell: ({ tools }) => <span className={styles.tools}>{tools.join(', ') || 'none'}</span>,
  },
  { id: 'tasks', title: 'Tasks', isNumber: true, cell: ({ did }) => did !== undefined && did.tasks > 0 && did.tasks },
  {
    ...{ id: 'success', title: 'Success', isNumber: true },
    cell: ({ did }) => did !== undefined && did.tasks > 0 && `${Math.round((did.succeeded / did.tasks) * 100)} %`,
  },
  {
    id: 'cost',
    title: 'Spent',
    isNumber: true,
    rank: 2,
    cell: ({ did }) => did !== undefined && did.tasks > 0 && <Money usd={did.costUsd} />,
  },
];

// What was used stands first, then the project's own, as the service lists them.
function byUse(a: AgentLine, b: AgentLine): number {
  return (b.did?.tasks ?? 0) - (a.did?.tasks ?? 0);
}

function isLike(agent: AgentLine, { words, category }: { words: string; category: string }): boolean {
  const { name, description, tags, tools, model } = agent;
  const text = [name, description, agent.category ?? '', model, ...tags, ...tools].join(' ').toLowerCase();
  return (
    (category === '' || agent.category === category) &&
    words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => text.includes(word))
  );
}
