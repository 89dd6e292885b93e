import { useEffect, useEffectEvent } from 'react';
import type { WaitingEntry } from '../../../../../src/client/runs.ts';
import { hasEnded } from '../../../../../src/domain/run/run-state.ts';
import { safeText } from '../../../../../src/domain/safe-text.ts';
import { keyOf } from '../../../actions/kept.ts';
import { useKept } from '../../../actions/use-kept.ts';
import { WaitingCard } from '../../../actions/waiting-card.tsx';
import { useAsk } from '../../../api/use-ask.ts';
import { useLive } from '../../../live/run-store.ts';
import { Notice, ProblemNotice } from '../../../ui/notice.tsx';
import { Copy } from '../../../ui/surface.tsx';
import { isGone, waitingFor } from '../run-words.ts';
import styles from './header.module.css';

/** Why the run stands, and the way out; above all else, as somebody has to do something. */
export function Causes() {
  const { problem, isAway, stuck, held, hold } = useLive((run) => {
    const isOpen = !hasEnded(run.state.status) && !isGone(run.problem);
    return {
      problem: run.problem,
      isAway: run.connection === 'away',
      stuck: isOpen ? (run.standing?.cutOff?.message ?? run.standing?.stuck ?? null) : null,
      held: isOpen ? (run.standing?.held ?? null) : null,
      hold: isOpen && run.state.hold?.state !== 'waiting' ? run.state.hold : null,
    };
  });
  return (
    <div className={styles.causes}>
      {isAway && (
        <Notice kind="warn" title="The service cannot be reached">
          What you see is how the run stood before. It goes on by itself once the service is back.
        </Notice>
      )}
      {problem && isGone(problem) && (
        <Notice kind="bad" title="This run was removed">
          What you see is how it stood before; nothing of it is kept any more.
        </Notice>
      )}
      {problem && !isGone(problem) && problem.message !== stuck && <ProblemNotice error={problem} />}
      {stuck !== null && (
        <Notice kind="bad" title="It is stuck">
          <Words text={stuck} />
        </Notice>
      )}
      {held !== null && (
        <Notice kind="info" title="Calls wait for their turn">
          {safeText(held)}
        </Notice>
      )}
      {hold && (
        <Notice kind="info" title={hold.state === 'pausing' ? 'It is being paused' : 'It is paused'}>
          {safeText([hold.detail, hold.by && `by ${hold.by}`].filter(Boolean).join(', '))}
        </Notice>
      )}
      <Waiting />
    </div>
  );
}

/** What waits for somebody, to be decided right here; what was decided a moment ago says what became of it. */
function Waiting() {
  const { id, count, seq } = useLive((run) => ({
    id: run.id,
    count: waitingFor(run.state),
    seq: [...run.state.waits.values()].map(({ id: wait, since, edits }) => `${wait} ${since} ${edits ?? 0}`).join(),
  }));
  const { data, refetch } = useAsk<{ waiting: WaitingEntry[] }>(count > 0 ? '/api/waiting' : null, {
    query: { run: id },
    everyMs: 10_000,
  });
  const again = useEffectEvent(refetch);
  useEffect(() => {
    if (seq !== '') again();
  }, [seq]);
  const entries = useKept(count > 0 ? data?.waiting : none);
  return entries
    .filter(({ entry }) => entry.cause !== 'paused')
    .map(({ entry, isGone: isOver }) => <WaitingCard key={keyOf(entry)} entry={entry} isGone={isOver} hidesRun />);
}

const none: readonly WaitingEntry[] = [];

/** Words with commands in them, to be copied. */
function Words({ text }: { text: string }) {
  return (
    <>
      {text.split('`').map((part, index) =>
        index % 2 === 0 ? (
          safeText(part)
        ) : (
          <span key={index} className={styles.command}>
            <code>{safeText(part)}</code>
            <Copy text={part} label="Copy the command" />
          </span>
        ),
      )}
    </>
  );
}
