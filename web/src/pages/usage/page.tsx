import { useSearchParams } from 'wouter';
import type { UsageReport } from '../../../../src/client/list/usage.ts';
import type { UsageRow } from '../../../../src/store/service/usage.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useTitle } from '../../shell/title.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Meter, Money, Tokens } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Card, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { Bars } from './bars.tsx';
import styles from './usage.module.css';

const periods = [7, 30, 90] as const;
const dayMs = 86_400_000;

/** What was spent: by day, and on what. */
export function Page() {
  useTitle('Usage');
  const [search, setSearch] = useSearchParams();
  const days = periods.find((each) => String(each) === search.get('days')) ?? 30;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const until = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' }).format(Date.now());
  const since = new Date(Date.parse(until) - (days - 1) * dayMs).toISOString().slice(0, 10);
  const usage = useAsk<UsageReport>('/api/usage', {
    query: { since, until, timeZone },
    everyMs: 30_000,
    keepOld: true,
  });
  const choose = (value: string): void => setSearch({ days: value }, { replace: true });
  const period = (
    <select aria-label="Period" value={days} onChange={({ target }) => choose(target.value)} style={{ width: 'auto' }}>
      {periods.map((each) => (
        <option key={each} value={each}>
          Last {each} days
        </option>
      ))}
    </select>
  );
  return (
    <Sheet title="Usage" actions={period}>
      {usage.error && <ProblemNotice error={usage.error} />}
      {usage.isLoading && <Loading />}
      {usage.data && <Report usage={usage.data} />}
    </Sheet>
  );
}

function Report({ usage }: { usage: UsageReport }) {
  const { days, workflows, agents, models } = usage;
  const sum = (of: (row: UsageRow) => number): number => days.reduce((all, row) => all + of(row), 0);
  const total = sum(({ usd }) => usd);
  if (days.length === 0)
    return (
      <Empty title="No model was called in this time.">
        <p>What runs spend is added up here by day, workflow, agent and model.</p>
      </Empty>
    );
  return (
    <>
      <dl className={styles.totals}>
        <div>
          <dt>Spent</dt>
          <dd>
            <Money usd={total} />
          </dd>
        </div>
        <div>
          <dt>A day, on average</dt>
          <dd>
            <Money usd={total / allDays(usage).length} />
          </dd>
        </div>
        <div>
          <dt>Tokens</dt>
          <dd>
            <Tokens n={sum(({ tokens }) => tokens)} />
          </dd>
        </div>
        <div>
          <dt>Calls</dt>
          <dd>
            <Tokens n={sum(({ calls }) => calls)} />
          </dd>
        </div>
      </dl>
      <Card title="By day">
        <Bars days={allDays(usage)} rows={days} />
      </Card>
      <div className={styles.tables}>
        <By title="By workflow" rows={workflows} total={total} />
        <By title="By agent" rows={agents} total={total} />
        <By title="By model" rows={models} total={total} />
      </div>
      <p className={styles.note}>
        Of runs that are kept: what removed ones cost is not in it. Days are those of {usage.timeZone}.
      </p>
    </>
  );
}

function By({ title, rows, total }: { title: string; rows: readonly UsageRow[]; total: number }) {
  return (
    <Card title={title}>
      <DataTable
        label={title}
        rows={rows}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', title: 'Name', cell: ({ name }) => name },
          { id: 'usd', title: 'Cost', isNumber: true, cell: ({ usd }) => <Money usd={usd} /> },
          {
            ...{ id: 'share', title: 'Share', rank: 2 },
            cell: ({ name, usd }) => <Meter value={usd} max={total * 1.0001} label={`Share of ${name}`} tone="plain" />,
          },
          { id: 'tokens', title: 'Tokens', isNumber: true, cell: ({ tokens }) => <Tokens n={tokens} /> },
          { id: 'calls', title: 'Calls', isNumber: true, rank: 2, cell: ({ calls }) => <Tokens n={calls} /> },
        ]}
      />
    </Card>
  );
}

/** All days of the period, also those on which nothing was. */
function allDays({ since, until }: UsageReport): string[] {
  const count = Math.round((Date.parse(until) - Date.parse(since)) / dayMs) + 1;
  return Array.from({ length: count }, (_, at) => new Date(Date.parse(since) + at * dayMs).toISOString().slice(0, 10));
}
