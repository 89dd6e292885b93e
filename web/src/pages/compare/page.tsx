import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'wouter';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import type { ComparedMany, ComparedRun } from '../../../../src/client/evaluation/compare-many.ts';
import { at } from '../../api/service.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useTitle } from '../../shell/title.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Ago, Duration, Money, Tokens } from '../../ui/measures.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Status } from '../../ui/status.tsx';
import { Card, Chip, Empty, Loading, Page as Sheet } from '../../ui/surface.tsx';
import { AddRun } from './add-run.tsx';
import { CriticalPaths } from './critical-paths.tsx';
import { changeOf, letterOf } from './letter.ts';
import { PlanDifferences } from './plan-differences.tsx';
import { Tasks } from './tasks.tsx';
import styles from './compare.module.css';

const most = 4;

/** Two to four runs side by side: what came out, what it took, what was asked otherwise. All of it is in the address. */
export function Page() {
  const [query, setQuery] = useSearchParams();
  const ids = [...new Set(query.getAll('run'))].slice(0, most);
  const path = `/api/compare?${new URLSearchParams([...ids.map((id) => ['run', id]), ['limit', '500']]).toString()}`;
  const { data, error, isLoading } = useAsk<ComparedMany>(ids.length >= 2 ? path : null);
  useTitle('Compare');
  const setRuns = (runs: readonly string[]): void =>
    setQuery((before) => {
      const next = new URLSearchParams(before);
      next.delete('run');
      for (const run of runs) next.append('run', run);
      return next;
    });
  return (
    <Sheet
      title="Compare runs"
      actions={ids.length < most && <AddRun known={ids} onAdd={(id) => setRuns([...ids, id])} />}
    >
      {ids.length < 2 && (
        <Empty title={ids.length === 0 ? 'Choose two to four runs.' : 'Choose one more run.'}>
          {ids.map((id) => (
            <Chip key={id} label={safeLine(id)} onRemove={() => setRuns(ids.filter((each) => each !== id))}>
              {safeLine(id)}
            </Chip>
          ))}
          <p>
            Mark them in the list of runs, or name them above. A run that was forked is compared with where it comes
            from.
          </p>
        </Empty>
      )}
      {error && <ProblemNotice error={error} action={<Button onClick={() => setRuns([])}>Choose others</Button>} />}
      {isLoading && <Loading what="Laying them side by side" />}
      {data && (
        <>
          <Heads runs={data.runs} onRemove={(id) => setRuns(ids.filter((each) => each !== id))} />
          {data.recommendations.length > 0 && (
            <Notice kind="info" title="What evaluations of this workflow say about the difference">
              <ul>
                {data.recommendations.map(({ task, text }) => (
                  <li key={task}>{safeLine(text)}</li>
                ))}
              </ul>
            </Notice>
          )}
          <Tasks compared={data} />
          <PlanDifferences plan={data.plan} runs={data.runs} />
          <CriticalPaths runs={data.runs} />
        </>
      )}
    </Sheet>
  );
}

/** The runs, each held against the first. */
function Heads({ runs, onRemove }: { runs: readonly ComparedRun[]; onRemove: (id: string) => void }) {
  const [first] = runs;
  return (
    <div className={styles.heads}>
      {runs.map((run, index) => (
        <Card
          key={run.runId}
          title={
            <>
              <span className={styles.letter}>{letterOf(index)}</span>{' '}
              <Link href={at`/runs/${run.runId}`}>{safeLine(run.runId)}</Link>
            </>
          }
          actions={
            <IconButton icon="close" label={`Take ${safeLine(run.runId)} out`} onClick={() => onRemove(run.runId)} />
          }
        >
          <div className={styles.row}>
            <Status of={run.status} />
            <span className={styles.hint}>
              {safeLine(run.workflow)}, <Ago at={run.startedAt} />
            </span>
          </div>
          {run.from && (
            <p className={styles.hint}>
              {run.from.kind} of <Link href={at`/runs/${run.from.run}`}>{safeLine(run.from.run)}</Link>
              {run.from.at !== null && ` at ${safeLine(run.from.at)}`}
            </p>
          )}
          <dl className={styles.sums}>
            <Sum
              name="cost"
              value={<Money usd={run.costUsd} isUncounted={run.isUncounted} />}
              than={changeOf(run.costUsd, first!.costUsd)}
            />
            <Sum
              name="time"
              value={<Duration ms={run.durationMs} />}
              than={changeOf(run.durationMs, first!.durationMs)}
            />
            <Sum name="tokens" value={<Tokens n={run.tokens} />} than={changeOf(run.tokens, first!.tokens)} />
            <Sum name="score" value={run.score === null ? '–' : String(Math.round(run.score))} than={null} />
            <Sum
              name="tasks"
              value={`${run.tasks.succeeded}/${run.tasks.total}`}
              than={run.tasks.failed > 0 ? `${run.tasks.failed} failed` : null}
            />
          </dl>
        </Card>
      ))}
    </div>
  );
}

function Sum({ name, value, than }: { name: string; value: ReactNode; than: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {than !== null && <span className={styles.than}>{than}</span>}
      </dd>
    </div>
  );
}
