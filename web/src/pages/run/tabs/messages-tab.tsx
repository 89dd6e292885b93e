import type { CrewMessage } from '../../../../../src/domain/messages/message.ts';
import { formatDuration } from '../../../../../src/domain/format.ts';
import { safeJson, safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { Ago } from '../../../ui/measures.tsx';
import { Chip } from '../../../ui/surface.tsx';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

/** What agents and people of the run wrote to each other, with how far each has come. */
export function MessagesTab() {
  const asked = usePart<{ messages: CrewMessage[] }>('/messages', 3000);
  return (
    <Part
      asked={asked}
      isEmpty={({ messages }) => messages.length === 0}
      empty="Nobody has written to anybody."
      why={<p>Agents write to each other with the tools send_message and ask; people with “Send a message” above.</p>}
    >
      {({ messages }) => (
        <ol className={styles.list} aria-label="Messages">
          {messages.map((message) => (
            <Message key={message.id} message={message} />
          ))}
        </ol>
      )}
    </Part>
  );
}

function Message({ message }: { message: CrewMessage }) {
  const { kind, from, to, text, state, replyTo, reason, sentAt, waitedMs, data } = message;
  return (
    <li className={styles.message} data-answer={replyTo !== null || undefined}>
      <div className={styles.head}>
        <strong>{safeLine(from)}</strong>
        <span aria-label="to">→</span>
        <strong>{to === '*' ? 'everybody' : safeLine(to)}</strong>
        <Chip>{kind === 'request' ? 'question' : kind}</Chip>
        <span className={state === 'expired' || state === 'dead' ? styles.bad : styles.muted}>
          {state}
          {reason !== undefined && `: ${safeLine(reason)}`}
        </span>
        <span className={styles.muted}>
          <Ago at={sentAt} /> · waited {formatDuration(waitedMs)}
        </span>
      </div>
      <div className={styles.text}>{safeText(text)}</div>
      {data !== undefined && (
        <details>
          <summary>Data</summary>
          <pre className={styles.text}>{safeJson(data, 2)}</pre>
        </details>
      )}
    </li>
  );
}
