import type { ReactNode } from 'react';
import { formatDuration, formatUsd, plural } from '../../../../../src/domain/format.ts';
import { hasEnded } from '../../../../../src/domain/run/run-state.ts';
import { at } from '../../../api/service.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';
import { Duration, Elapsed, Meter, Money, Tokens } from '../../../ui/measures.tsx';
import { leftText, progressOf, waitingFor } from '../run-words.ts';
import { useSelection } from '../selection.ts';
import styles from './header.module.css';

/** What the run took so far, against what it may and what runs like it took. */
export function Facts() {
  return (
    <dl className={styles.facts}>
      <TimeFact />
      <TasksFact />
      <MoneyFact />
    </dl>
  );
}

function Fact({ title, children, more }: { title: string; children: ReactNode; more?: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{title}</dt>
      <dd>
        <div className={styles.big}>{children}</div>
        {more && <div className={styles.more}>{more}</div>}
      </dd>
    </div>
  );
}

interface Expected {
  runs: number;
  durationMs: { p50: number; p95: number } | null;
  costUsd: { p50: number; p95: number } | null;
}

function useExpected(): Expected | undefined {
  const { id, isBegun } = useLive((run) => ({ id: run.id, isBegun: run.lastSeq > 0 }));
  return useAsk<Expected>(isBegun ? at`/api/runs/${id}/expected` : null).data;
}

function TimeFact() {
  const { startedAt, endedAt } = useLive(({ state }) => ({ startedAt: state.startedAt, endedAt: state.endedAt }));
  const startsAt = useLive(({ view }) => view?.startsAt ?? null);
  const isHeld = useLive(({ state }) => state.hold !== null || waitingFor(state) > 0);
  const expected = useExpected();
  const usual = expected?.durationMs ?? null;
  if (startedAt === null)
    return (
      <Fact title="Time" more={startsAt === null ? undefined : `starts ${new Date(startsAt).toLocaleString()}`}>
        not begun
      </Fact>
    );
  // How long people take is not what a run takes.
  const left = endedAt === null && !isHeld ? leftText(Date.now() - Date.parse(startedAt), usual) : null;
  return (
    <Fact
      title="Time"
      more={
        <>
          {usual ? (
            <span
              title={`half of ${plural(expected!.runs, 'run')} took at most ${formatDuration(usual.p50)}, nearly all ${formatDuration(usual.p95)}`}
            >
              usually {formatDuration(usual.p50)}
              {usual.p95 > usual.p50 && `, at most ${formatDuration(usual.p95)}`}
            </span>
          ) : (
            `since ${new Date(startedAt).toLocaleString()}`
          )}
          {left === 'late' && ' · longer than usual'}
          {typeof left === 'number' && ` · about ${formatDuration(left)} left`}
        </>
      }
    >
      {endedAt === null ? <Elapsed since={startedAt} /> : <Duration ms={Date.parse(endedAt) - Date.parse(startedAt)} />}
    </Fact>
  );
}

function TasksFact() {
  const { select, task } = useSelection();
  const tasks = useLive(({ state }) => state.tasks);
  const progress = useLive(({ state }) => progressText(progressOf(state)));
  const failed = useLive(({ state }) => progressOf(state).failed);
  // One after the other, from the one that is selected on.
  const next = failed[(failed.indexOf(task ?? '') + 1) % Math.max(1, failed.length)];
  return (
    <Fact
      title="Tasks"
      more={
        failed.length > 0 && next !== undefined ? (
          <button type="button" className={styles.link} data-bad="" onClick={() => select(next)}>
            {failed.length} failed: show {failed.length > 1 && failed.includes(task ?? '') ? 'the next' : 'it'}
          </button>
        ) : (
          tasks.size === 0 && 'none is known yet'
        )
      }
    >
      {progress}
    </Fact>
  );
}

function progressText({ all, done, running, waiting, skipped, cancelled }: ReturnType<typeof progressOf>): string {
  const parts = [`${done} of ${all} done`];
  if (running > 0) parts.push(`${running} running`);
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  return parts.join(', ');
}

interface Spending {
  spending: { scope: string; unit: 'usd' | 'tokens'; spent: number; reserved: number; limit: number | null }[];
}

const spendingEveryMs = 5000;

function MoneyFact() {
  const { id, isBegun, isOver } = useLive((run) => ({
    id: run.id,
    isBegun: run.lastSeq > 0,
    isOver: hasEnded(run.state.status),
  }));
  const counted = useLive(({ state: { costUsd, tokens, estimatedCalls, uncountedCalls } }) => ({
    ...{ costUsd, tokens, estimatedCalls, uncountedCalls },
  }));
  // Another address once it has ended: then it is asked for once more.
  const { data } = useAsk<Spending>(isBegun ? at`/api/runs/${id}/spending` : null, {
    ...(!isOver && { everyMs: spendingEveryMs }),
  });
  const usual = useExpected()?.costUsd;
  const usd = data?.spending.find(({ unit, scope }) => unit === 'usd' && scope === 'run');
  const spent = Math.max(counted.costUsd, usd?.spent ?? 0);
  const reserved = isOver ? 0 : (usd?.reserved ?? 0);
  const limit = usd?.limit ?? null;
  return (
    <Fact
      title="Spent"
      more={
        <>
          {limit !== null && <Meter label="Spent of what it may" value={spent} max={limit} held={reserved} />}
          <div>
            {[
              reserved > 0 && `${formatUsd(reserved)} held for calls under way`,
              usual && usual.p50 > 0 && `usually ${formatUsd(usual.p50)}`,
            ]
              .filter(Boolean)
              .join(' · ')}
          </div>
        </>
      }
    >
      <Money usd={spent} isEstimate={counted.estimatedCalls > 0} isUncounted={counted.uncountedCalls > 0} />
      <span className={styles.more}>
        {limit !== null && <> of {formatUsd(limit)}</>} · <Tokens n={counted.tokens} /> tokens
      </span>
    </Fact>
  );
}
