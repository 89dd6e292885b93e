import { useEffect, useRef, useState, type RefObject } from 'react';
import { useSearchParams } from 'wouter';
import type { TaskAttempt } from '../../../../../src/client/inspect/task-attempts.ts';
import type { TaskDetail } from '../../../../../src/client/inspect/task-detail.ts';
import type { TaskTranscript } from '../../../../../src/client/inspect/task-transcript.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { Button } from '../../../ui/button.tsx';
import { AskAgain } from '../../../ui/notice.tsx';
import { Empty, Loading } from '../../../ui/surface.tsx';
import { LiveAnswer } from './live-answer.tsx';
import { LongText } from './long-text.tsx';
import { Turn } from './turn.tsx';
import { useTaskPath } from './use-task.ts';
import styles from './transcript.module.css';

const pageSize = 100;

/** What an attempt said, turn by turn, while it is said. */
export function TranscriptPane({ detail, attempt }: { detail: TaskDetail; attempt: TaskAttempt | null }) {
  const list = useRef<HTMLDivElement>(null);
  const path = `${useTaskPath(detail.id)}/transcript`;
  const query = { limit: pageSize, ...(attempt && { attempt: attempt.number }) };
  const first = useAsk<TaskTranscript>(path, { query, keepOld: true });
  const isLast = attempt === null || attempt.number === detail.attempts.length;
  const turn = useTurnInAddress(list, first.data !== undefined);
  useTurnKeys(list);
  if (first.error && !first.data) return <AskAgain error={first.error} refetch={first.refetch} />;
  if (!first.data) return <Loading />;
  const { messages, system, before, total, next } = first.data;
  return (
    <div ref={list} className={styles.transcript}>
      {system && (
        <details className={styles.system}>
          <summary>
            System prompt of {safeLine(system.agent)}, {system.length.toLocaleString('en')} characters,{' '}
            {system.tools.length} tools
          </summary>
          <LongText text={system} isMarkdown={false} />
          {system.tools.length > 0 && <p className={styles.note}>Tools: {safeLine(system.tools.join(', '))}</p>}
        </details>
      )}
      {before > 0 && (
        <p className={styles.note}>The conversation goes on here: {before} messages of other tasks stand before.</p>
      )}
      {messages.length === 0 && <Empty title="Nothing was said in this attempt yet." />}
      {messages.map((message) => (
        <Turn key={message.id} task={detail.id} message={message} isAimed={turn === message.turn} />
      ))}
      {next !== null && <More path={path} attempt={attempt} task={detail.id} after={next} total={total} turn={turn} />}
      {isLast && <LiveAnswer task={detail.id} list={list} />}
    </div>
  );
}

interface MoreProps {
  path: string;
  task: string;
  attempt: TaskAttempt | null;
  after: number;
  total: number;
  turn: number | null;
}

/** The messages behind a page, once somebody asks for them; a link to a turn among them does. */
function More({ path, task, attempt, after, total, turn }: MoreProps) {
  const [isOpen, setOpen] = useState(turn !== null);
  const query = { after, limit: pageSize, ...(attempt && { attempt: attempt.number }) };
  const { data, error, refetch } = useAsk<TaskTranscript>(isOpen ? path : null, { query });
  if (!isOpen)
    return (
      <Button onClick={() => setOpen(true)}>
        {Math.min(pageSize, total - after)} more of {total - after} messages
      </Button>
    );
  if (!data) return error ? <AskAgain error={error} refetch={refetch} /> : <Loading />;
  return (
    <>
      {data.messages.map((message) => (
        <Turn key={message.id} task={task} message={message} isAimed={turn === message.turn} />
      ))}
      {data.next !== null && <More {...{ path, task, attempt, total, turn }} key={data.next} after={data.next} />}
    </>
  );
}

/** The turn that the address names, brought into sight once it is there. */
function useTurnInAddress(list: RefObject<HTMLDivElement | null>, isThere: boolean): number | null {
  const [search] = useSearchParams();
  const turn = search.get('turn');
  useEffect(() => {
    if (!isThere || turn === null) return;
    const found = list.current?.querySelector<HTMLElement>(`[data-turn="${CSS.escape(turn)}"]`);
    found?.scrollIntoView({ block: 'start' });
    found?.focus({ preventScroll: true });
  }, [list, isThere, turn]);
  return turn !== null && /^\d{1,6}$/.test(turn) ? Number(turn) : null;
}

function useTurnKeys(list: RefObject<HTMLDivElement | null>): void {
  const turns = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>('[data-turn]') ?? [])];
  const here = (): number => turns().findIndex((each) => each.contains(document.activeElement));
  const go = (step: 1 | -1): void => {
    const all = turns();
    const next = all[Math.max(0, Math.min(all.length - 1, here() + step))];
    next?.scrollIntoView({ block: 'start' });
    next?.focus({ preventScroll: true });
  };
  const fold = (): void => {
    const folded = [...(turns()[here()]?.querySelectorAll('details') ?? [])];
    const isOpen = folded.some(({ open }) => open);
    for (const each of folded) each.open = !isOpen;
  };
  useKeys({
    j: { label: 'Next message', run: () => go(1) },
    k: { label: 'Message before', run: () => go(-1) },
    o: { label: 'Fold or unfold the message', run: fold },
  });
}
