import { Link } from 'wouter';
import type { Overview } from '../../../../src/client/overview/overview.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useTitle } from '../../shell/title.ts';
import { Button } from '../../ui/button.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Loading, Page as Sheet } from '../../ui/surface.tsx';
import { sinceTime } from '../runs/filters.ts';
import { useNow } from '../runs/use-now.ts';
import { Failed } from './failed.tsx';
import { FirstStart } from './first-start.tsx';
import { Glance } from './glance.tsx';
import { Queues } from './queues.tsx';
import { Running } from './running.tsx';
import { SpendToday } from './spend-today.tsx';
import { Stuck } from './stuck.tsx';
import { Waiting } from './waiting.tsx';
import styles from './home.module.css';

const everyMs = 4000;

/** What needs somebody, first: what waits, what failed, what stands still and why; then what goes on, and what it costs. */
export function Page() {
  const { data, error, refetch } = useOverview();
  useTitle(data && data.waiting.count > 0 ? `${data.waiting.count} for you` : '');
  return (
    <Sheet
      title="Home"
      actions={
        <Link href="/workflows" className={styles.start}>
          Start a run
        </Link>
      }
    >
      {error && <ProblemNotice error={error} action={<Button onClick={refetch}>Ask again</Button>} />}
      {!data && !error && <Loading />}
      {data && (data.isEmpty ? <FirstStart queues={data.queues} /> : <Parts overview={data} />)}
    </Sheet>
  );
}

function Parts({ overview }: { overview: Overview }) {
  const { waiting, failed, stuck, running, spend, queues, temporal } = overview;
  return (
    <>
      {temporal === 'silent' && (
        <Notice kind="bad" title="Temporal does not answer">
          What the database knows is shown; what stands still, and who works on the queues, is not known until it
          answers. On its machine, gaffer doctor says what is wrong.
        </Notice>
      )}
      <Glance overview={overview} />
      <Waiting {...waiting} />
      {failed.count > 0 && <Failed {...failed} />}
      {stuck.runs.length > 0 && <Stuck {...stuck} />}
      <Running {...running} />
      <div className={styles.two}>
        <SpendToday spend={spend} />
        <Queues queues={queues} />
      </div>
    </>
  );
}

/** Money counts from this browser's midnight on. */
function useOverview() {
  const now = useNow();
  return useAsk<Overview>('/api/overview', { query: { today: sinceTime('today', now) }, everyMs, keepOld: true });
}
