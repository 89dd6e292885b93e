import { memo } from 'react';
import type { RunEvent } from '../../../../../src/domain/run/run-events.ts';
import { safeJson, safeLine } from '../../../../../src/domain/safe-text.ts';
import { useSelection } from '../selection.ts';
import { isBad, taskOf, textOf } from './event-words.ts';
import styles from './events.module.css';

interface EventRowProps {
  event: RunEvent;
  isOpen: boolean;
  isOfSelected: boolean;
  onToggle: (seq: number) => void;
}

/** An event in one line; opened, all of it. */
export const EventRow = memo(function EventRow({ event, isOpen, isOfSelected, onToggle }: EventRowProps) {
  const { task: selected, select } = useSelection();
  const task = taskOf(event);
  return (
    <div
      className={styles.row}
      data-bad={isBad(event) || undefined}
      data-mine={(isOfSelected && task === selected) || undefined}
    >
      <button type="button" className={styles.head} aria-expanded={isOpen} onClick={() => onToggle(event.seq)}>
        <span className={styles.seq}>{event.seq}</span>
        <time dateTime={event.at} title={new Date(event.at).toLocaleString()}>
          {new Date(event.at).toLocaleTimeString()}
        </time>
        <span className={styles.type}>{event.type}</span>
      </button>
      {task !== null && (
        <button type="button" className={styles.task} title={`Select ${safeLine(task)}`} onClick={() => select(task)}>
          {safeLine(task)}
        </button>
      )}
      <span className={styles.text} title={isOpen ? undefined : textOf(event)}>
        {textOf(event)}
      </span>
      {isOpen && (
        <pre className={styles.raw} tabIndex={0} role="region" aria-label={`Event ${event.seq} as JSON`}>
          {safeJson(event, 2)}
        </pre>
      )}
    </div>
  );
});
