import { useEffect, useEffectEvent, useId, useRef, useState, type KeyboardEvent } from 'react';
import { Link } from 'wouter';
import type { WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import { safeLine } from '../../../src/domain/safe-text.ts';
import { at } from '../api/service.ts';
import { useAsk } from '../api/use-ask.ts';
import { useKeys } from '../shell/keys.tsx';
import { Ago } from '../ui/measures.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { Chip } from '../ui/surface.tsx';
import styles from './actions.module.css';
import { AnswerForm } from './answer-form.tsx';
import { ApprovalForm, type OpenForm } from './approval-form.tsx';
import { ConflictForm } from './conflict-form.tsx';
import { DecidedLine } from './decided-line.tsx';
import { keyOf } from './kept.ts';
import { LimitForm } from './limit-form.tsx';
import { Literal } from './literal.tsx';
import { ResumeForm } from './resume-form.tsx';
import { askedKind, pathOf, riskWords } from './waiting-words.ts';
import { WhatIsAsked } from './what-is-asked.tsx';

/** What `?` says of them; the card that has the focus does it. */
const cardKeys = {
  a: { label: 'To the button of what is focused that says yes', run: () => undefined },
  e: { label: 'Change what is focused before it is approved', run: () => undefined },
  r: { label: 'Reject what is focused, with a reason', run: () => undefined },
};

interface WaitingCardProps {
  entry: WaitingEntry;
  /** The list does not have it any more: somebody decided, here or elsewhere. */
  isGone?: boolean;
  /** Not said again where the page is the run's. */
  hidesRun?: boolean;
  /** The run is paused, too. */
  isPaused?: boolean;
}

/**
 * Something that waits for a person, to be decided right there, with all that a decision needs. What was decided elsewhere meanwhile is said
 * in its place.
 *
 * On the focused card `a`, `r` and `e` lead to the button or the form; none of them decides.
 */
export function WaitingCard({ entry, isGone = false, hidesRun = false, isPaused = false }: WaitingCardProps) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [form, setForm] = useState<OpenForm>(null);
  const path = at`/api/runs/${entry.runId}/waiting/${pathOf(entry)}`;
  const { data, error, refetch } = useAsk<WaitingDetail>(path);
  const [isMine, setMine] = useState(false);
  const again = useEffectEvent(refetch);
  useEffect(() => {
    if (isGone) again();
  }, [isGone]);
  useKeys(cardKeys);
  // A run that waited as a whole goes by a name that stands for whatever of it waits alone: that has a card of its own.
  const asked = data?.entry && keyOf(data.entry) === keyOf(entry) ? data.entry : null;
  const isOver = data !== undefined && asked === null;
  const now = asked ?? entry;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== card.current || event.ctrlKey || event.metaKey || event.altKey || isOver) return;
    const wanted = { r: 'reject', e: 'edit' }[event.key] as OpenForm | undefined;
    if (event.key === 'a' || event.key === 'Enter') focusFirst(card.current!);
    else if (wanted && now.cause === 'approval') setForm(wanted);
    else return;
    event.preventDefault();
  };
  return (
    <article
      ref={card}
      className={styles.waiting}
      data-over={isOver || undefined}
      tabIndex={0}
      aria-labelledby={titleId}
      data-waiting={pathOf(entry)}
      onKeyDown={onKeyDown}
    >
      <header>
        <div className={styles.top}>
          <h3 id={titleId}>
            <Literal text={titleOf(now)} isInline />
          </h3>
          <span className={styles.about}>
            <Ago at={now.since} />
          </span>
        </div>
        <About entry={now} detail={data} hidesRun={hidesRun} isPaused={isPaused} />
      </header>
      {error && !data && <ProblemNotice error={error} />}
      {isOver ? (
        <DecidedLine decision={data.decision} isMine={isMine} />
      ) : (
        <>
          <WhatIsAsked entry={now} detail={data} />
          <Answering
            {...{ entry: now, detail: data, form, setForm }}
            onSent={() => setMine(true)}
            onSettled={refetch}
          />
        </>
      )}
    </article>
  );
}

function titleOf({ id, cause, what, taskId }: WaitingEntry): string {
  if (askedKind({ id }) === 'conflict') return `Nobody has resolved the conflict of ${taskId ?? 'a branch'}`;
  if (cause === 'blocker') return `${taskId ?? 'The run'} asks for help`;
  if (cause === 'budget') return `${taskId ?? 'The run'} has reached a limit`;
  if (cause === 'provider') return `${taskId ?? 'The run'} waits for its model's provider`;
  if (cause === 'paused') return 'The run is paused';
  // A call is shown as it is; all else is a sentence of ours.
  return askedKind({ id }) === 'call' ? what : what.charAt(0).toUpperCase() + what.slice(1);
}

function About({
  entry,
  detail,
  hidesRun,
  isPaused,
}: {
  entry: WaitingEntry;
  detail: WaitingDetail | undefined;
  hidesRun: boolean;
  isPaused: boolean;
}) {
  const { runId, taskId } = entry;
  return (
    <div className={styles.about}>
      {!hidesRun && <Link href={at`/runs/${runId}`}>{safeLine(runId)}</Link>}
      {taskId !== null && (
        <Link href={`${at`/runs/${runId}`}?task=${encodeURIComponent(taskId)}`}>{safeLine(taskId)}</Link>
      )}
      {isPaused && entry.cause !== 'paused' && <Chip>the run is paused, too</Chip>}
      {detail?.asker && <span>asked by {safeLine(detail.asker.agent)}</span>}
      {entry.asks.length > 0 && entry.cause === 'approval' && <span>for {safeLine(entry.asks.join(' or '))}</span>}
      {detail?.call?.risks.map((risk) => (
        <Chip key={risk}>{riskWords[risk]}</Chip>
      ))}
    </div>
  );
}

interface AnsweringProps {
  entry: WaitingEntry;
  detail: WaitingDetail | undefined;
  form: OpenForm;
  setForm: (form: OpenForm) => void;
  onSent: () => void;
  onSettled: () => void;
}

function Answering({ entry, detail, form, setForm, onSent, onSettled }: AnsweringProps) {
  const about = { onSent, onSettled };
  if (entry.cause === 'approval')
    return (
      <ApprovalForm {...{ entry, detail, form, setForm, ...about }} key={`${askedKind(entry)}${entry.edits ?? 0}`} />
    );
  if (askedKind(entry) === 'conflict') return <ConflictForm entry={entry} {...about} />;
  if (entry.cause === 'blocker') return <AnswerForm entry={entry} {...about} />;
  if (entry.cause === 'budget') return <LimitForm entry={entry} detail={detail} {...about} />;
  return <ResumeForm entry={entry} {...about} />;
}

/** What `a` leads to: pressing it is another key. */
function focusFirst(card: HTMLElement): void {
  card.querySelector<HTMLElement>('[data-first]')?.focus();
}
