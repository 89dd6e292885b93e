import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { hasEnded, needsPerson, type RunState, waitsOf } from '../../../../../src/domain/run/run-state.ts';
import type { TaskState } from '../../../../../src/domain/run/task-state.ts';
import type { LiveView } from '../../../live/live-run.ts';
import { useLive } from '../../../live/run-store.ts';
import { Ago, Duration, Money, Tokens } from '../../../ui/measures.tsx';
import { useSelection } from '../selection.ts';
import { nameOfCause } from './cause-words.ts';
import styles from './timeline.module.css';

/** What one asks first of a run: why does it stand, what cost most, what is other than last time. */
export function Answers() {
  const { state, view, stuck, held } = useLive(({ state: now, view: seen, standing }) => ({
    ...{
      state: now,
      view: seen,
      stuck: standing?.stuck ?? seen?.stuck ?? null,
      held: standing?.held ?? seen?.held ?? null,
    },
  }));
  return (
    <div className={styles.answers}>
      <Answer title={hasEnded(state.status) ? 'How did it end?' : 'Why does it stand?'}>
        <WhyItStands {...{ state, stuck, held }} />
      </Answer>
      <Answer title="What cost most?">
        <WhatCostMost state={state} />
      </Answer>
      <Answer title="What changed since the last attempt?">
        <WhatChanged {...{ state, view }} />
      </Answer>
    </div>
  );
}

function Answer({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.answer}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** A task, to be selected. */
function TaskButton({ id }: { id: string }) {
  const { select } = useSelection();
  return (
    <button type="button" className={styles.task} onClick={() => select(id)}>
      {safeLine(id)}
    </button>
  );
}

const mostTold = 3;

function WhyItStands({ state, stuck, held }: { state: RunState; stuck: string | null; held: string | null }) {
  const waits = waitsOf(state);
  const failed = [...state.tasks.values()].filter(({ status }) => status === 'failed');
  if (hasEnded(state.status))
    return (
      <>
        <p>{state.reason === null ? endText(state.status) : safeLine(state.reason)}</p>
        <FailedTasks failed={failed} isTold={state.reason !== null} />
      </>
    );
  if (stuck !== null) return <p>{safeLine(stuck)}</p>;
  if (waits.length > 0)
    return (
      <ul>
        {waits.slice(0, mostTold).map(({ id, taskId, cause, what, since }) => (
          <li key={`${id} ${taskId} ${cause}`}>
            {taskId === null ? 'The run' : <TaskButton id={taskId} />} waits for {nameOfCause(cause)}
            {what ? `: ${safeLine(what)}` : ''} (<Ago at={since} />)
          </li>
        ))}
        {waits.length > mostTold && <li>and {waits.length - mostTold} more</li>}
        {!needsPerson(state) && <li>Other tasks go on meanwhile.</li>}
      </ul>
    );
  if (held !== null) return <p>{safeLine(held)}</p>;
  const running = [...state.tasks.values()].filter(({ status }) => status === 'running');
  return (
    <>
      <p>
        {running.length > 0
          ? `It does not: ${running.length.toLocaleString('en')} of its tasks ${running.length === 1 ? 'is' : 'are'} at work.`
          : 'Nothing is in its way: its next tasks are about to begin.'}
      </p>
      <FailedTasks failed={failed} />
    </>
  );
}

/** How it ended, as a sentence: some of the words for it are verbs. */
function endText(status: string): string {
  const isVerb = status === 'succeeded' || status === 'failed' || status === 'stopped';
  return isVerb ? `It ${status}.` : status === 'partial' ? 'It ended in part.' : `It was ${status}.`;
}

/** By name; why the first failed stands for all, as mostly they failed of one cause. */
function FailedTasks({ failed, isTold = false }: { failed: readonly TaskState[]; isTold?: boolean }) {
  const [first] = failed;
  if (!first) return null;
  return (
    <p className={styles.names}>
      {failed.slice(0, mostTold).map(({ id }) => (
        <TaskButton key={id} id={id} />
      ))}
      {failed.length > mostTold && `and ${(failed.length - mostTold).toLocaleString('en')} more `}failed
      {!isTold && first.error ? `: ${safeLine(first.error)}` : ''}
    </p>
  );
}

function WhatCostMost({ state }: { state: RunState }) {
  const tasks = [...state.tasks.values()].filter(({ tokens }) => tokens > 0);
  const isPriced = tasks.some(({ costUsd }) => costUsd > 0);
  const sizeOf = ({ costUsd, tokens }: { costUsd: number; tokens: number }): number => (isPriced ? costUsd : tokens);
  const most = tasks.sort((one, other) => sizeOf(other) - sizeOf(one)).slice(0, mostTold);
  if (most.length === 0) return <p>Nothing has cost anything yet.</p>;
  const whole = Math.max(sizeOf(state), ...most.map(sizeOf));
  return (
    <ol className={styles.costs}>
      {most.map((task) => (
        <li key={task.id}>
          <TaskButton id={task.id} />
          <span>
            {isPriced ? (
              <Money usd={task.costUsd} isUncounted={task.uncountedCalls > 0} />
            ) : (
              <>
                <Tokens n={task.tokens} /> tokens
              </>
            )}
            , {shareText(sizeOf(task) / whole)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function shareText(share: number): string {
  return share < 0.01 ? 'below 1 %' : `${Math.round(share * 100)} %`;
}

function WhatChanged({ state, view }: { state: RunState; view: LiveView | null }) {
  const lineage = view?.lineage;
  if (lineage && view) {
    const { kind, run, redo, filesChanged } = lineage;
    const reused = [...state.tasks.values()].filter(({ status }) => status === 'reused').length;
    return (
      <>
        <p>
          A {kind} of <Link href={`/runs/${encodeURIComponent(run)}`}>{safeLine(run)}</Link>:{' '}
          {reused.toLocaleString('en')} results taken over
          {redo.length > 0 &&
            `, ${redo.slice(0, 5).map(safeLine).join(', ')}${redo.length > 5 ? ` and ${redo.length - 5} more` : ''} done anew`}
          .{filesChanged && ` Files: ${safeLine(filesChanged)}.`}
        </p>
        <p>
          <Link href={`/compare?run=${encodeURIComponent(run)}&run=${encodeURIComponent(view.runId)}`}>
            Compare both runs
          </Link>
        </p>
      </>
    );
  }
  const again = [...state.tasks.values()].filter(({ attempt }) => attempt > 1);
  if (again.length === 0) return <p>This is the first attempt, of the run and of every task.</p>;
  return (
    <ul>
      {again.slice(0, mostTold).map(({ id, attempt, status, error, startedAt, endedAt }) => (
        <li key={id}>
          <TaskButton id={id} />: attempt {attempt}{' '}
          {error ? `after “${safeLine(error).slice(0, 120)}”` : `is ${status}`}
          {startedAt !== null && endedAt !== null && (
            <>
              , <Duration ms={Date.parse(endedAt) - Date.parse(startedAt)} /> in all
            </>
          )}
        </li>
      ))}
      {again.length > mostTold && <li>and {again.length - mostTold} more were tried again</li>}
    </ul>
  );
}
