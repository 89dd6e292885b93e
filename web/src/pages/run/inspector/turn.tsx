import { memo } from 'react';
import type { Said, TranscriptMessage } from '../../../../../src/client/inspect/task-transcript.ts';
import { formatClock } from '../../../../../src/domain/format.ts';
import { safeText } from '../../../../../src/domain/safe-text.ts';
import { Duration, Money, Tokens } from '../../../ui/measures.tsx';
import { Copy } from '../../../ui/surface.tsx';
import { LongText } from './long-text.tsx';
import { ToolCall } from './tool-call.tsx';
import { useTaskPath } from './use-task.ts';
import styles from './transcript.module.css';

interface TurnProps {
  task: string;
  message: TranscriptMessage;
  /** The address leads here. */
  isAimed: boolean;
}

/** One message: who said it, what, and what it cost. */
export const Turn = memo(function Turn({ task, message, isAimed }: TurnProps) {
  const { role, turn, said, stop } = message;
  const who = role === 'assistant' ? 'Agent' : turn === 1 ? 'Prompt' : 'Told to the agent';
  // Results of tools stand with their calls.
  if (said.length === 0 && stop !== 'broken') return null;
  return (
    <article
      className={styles.turn}
      data-role={role}
      data-turn={role === 'assistant' || turn === 1 ? turn : undefined}
      data-aimed={isAimed || undefined}
      tabIndex={-1}
      aria-label={`${who}, turn ${turn}`}
    >
      <header className={styles.turnHead}>
        <strong>{who}</strong>
        {role === 'assistant' && <span>turn {turn}</span>}
        <Bill message={message} />
        <span className={styles.spacer} />
        <time dateTime={message.at}>{formatClock(message.at)}</time>
        {role === 'assistant' && <Copy text={linkTo(turn)} label={`Copy a link to turn ${turn}`} />}
      </header>
      {stop === 'broken' && (
        <p className={styles.bad}>This answer broke off; what came of it was paid for, and it was asked again.</p>
      )}
      {stop === 'refused' && <p className={styles.bad}>The model refused to answer.</p>}
      {said.map((each, at) => (
        <Part key={at} task={task} message={message} said={each} />
      ))}
    </article>
  );
});

function linkTo(turn: number): string {
  const url = new URL(location.href);
  url.searchParams.set('look', 'transcript');
  url.searchParams.set('turn', String(turn));
  return url.href;
}

function Bill({
  message: { model, usage, costUsd, durationMs, tries, stop, estimated, isUncounted },
}: {
  message: TranscriptMessage;
}) {
  return (
    <>
      {model !== null && <span>{safeText(model)}</span>}
      {usage && (
        <span>
          <Tokens n={usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens} /> in
          {usage.cacheReadTokens > 0 && (
            <>
              {' '}
              (<Tokens n={usage.cacheReadTokens} /> from the cache)
            </>
          )}
          , <Tokens n={usage.outputTokens} /> out
        </span>
      )}
      {costUsd !== null && <Money usd={costUsd} isEstimate={estimated.length > 0} isUncounted={isUncounted} />}
      {durationMs !== null && <Duration ms={durationMs} />}
      {tries > 1 && <span className={styles.warn}>asked {tries} times</span>}
      {stop === 'cut off' && <span className={styles.warn}>cut off</span>}
    </>
  );
}

function Part({ task, message, said }: { task: string; message: TranscriptMessage; said: Said }) {
  const path = useTaskPath(task);
  if (said.type === 'note') return <p className={styles.note}>{safeText(said.text)}</p>;
  const whole = `${path}/parts/${encodeURIComponent(message.id)}?part=${said.part}`;
  if (said.type === 'tool') return <ToolCall call={said} whole={whole} />;
  if (said.type === 'thinking')
    return (
      <details className={styles.thinking}>
        <summary>Thoughts, {said.length.toLocaleString('en')} characters</summary>
        <LongText text={said} isMarkdown whole={whole} />
      </details>
    );
  return <LongText text={said} isMarkdown={message.role === 'assistant'} whole={whole} />;
}
