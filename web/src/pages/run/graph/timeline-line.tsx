import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { formatDuration, formatElapsed, formatUsd } from '../../../../../src/domain/format.ts';
import { Status, markOf } from '../../../ui/status.tsx';
import { nameOfCause } from './cause-words.ts';
import { attemptText, type Axis, type TimelineRow, workedMs } from './timeline-rows.ts';
import styles from './timeline.module.css';

interface LineProps {
  index: number;
  start: number;
  height: number;
  row: TimelineRow;
  axis: Axis;
  now: number;
  isSelected: boolean;
  select: (task: string, attempt?: number) => void;
}

const percent = (share: number): string => `${Math.max(0, share) * 100}%`;

/** A line of the timeline: its name, its bars, how long it took. */
export function TimelineLine({ index, start, height, row, axis, now, isSelected, select }: LineProps) {
  const place = { height, transform: `translateY(${start}px)` };
  if (row.kind === 'phase') {
    return (
      <div className={styles.phase} style={place} role="presentation">
        {safeLine(row.name)} <span className={styles.count}>{row.count.toLocaleString('en')}</span>
      </div>
    );
  }
  const { task, span } = row;
  return (
    <div
      id={`line-${index}`}
      className={styles.line}
      style={place}
      role="option"
      aria-selected={isSelected}
      onClick={() => select(task.id)}
    >
      <span className="visually-hidden">{lineText(row, now)}</span>
      <span className={styles.name} aria-hidden="true">
        <Status of={task.status} isCompact />
        <span className={styles.id}>{safeLine(task.id)}</span>
      </span>
      <span className={styles.track} aria-hidden="true">
        {axis.gaps.map(({ begin }) => (
          <span
            key={begin}
            className={styles.gap}
            style={{ left: percent(axis.share(begin)), width: percent(axis.breakMs / axis.whole) }}
          />
        ))}
        {span?.attempts.map((attempt, at) => {
          const { begin, end, outcome } = attempt;
          const tone = markOf(outcome).tone;
          const width = axis.share(end ?? now) - axis.share(begin);
          return (
            <span
              key={at}
              className={`${styles.attempt} ${styles[tone]}`}
              data-outcome={outcome}
              title={attemptText(at + 1, attempt, now)}
              style={{ left: percent(axis.share(begin)), width: percent(width) }}
              onClick={(event) => {
                event.stopPropagation();
                select(task.id, at + 1);
              }}
            >
              {span.attempts.length > 1 && at > 0 ? <i className={styles.retry} /> : null}
            </span>
          );
        })}
        {span?.waits.map(({ begin, end, cause }, at) => (
          <span
            key={`wait ${at}`}
            className={styles.wait}
            title={`waited ${formatElapsed((end ?? now) - begin)} for ${nameOfCause(cause)}`}
            style={{ left: percent(axis.share(begin)), width: percent(axis.share(end ?? now) - axis.share(begin)) }}
          />
        ))}
        {axis.now !== null && <span className={styles.now} style={{ left: percent(axis.share(axis.now)) }} />}
      </span>
      <span className={`${styles.length} number`} aria-hidden="true">
        {span && span.attempts.length > 0 ? formatDuration(workedMs(span, now)) : ''}
      </span>
    </div>
  );
}

function lineText({ task, span }: Extract<TimelineRow, { kind: 'task' }>, now: number): string {
  const attempts = span?.attempts.length ?? 0;
  const work =
    attempts > 0
      ? `, worked ${formatDuration(workedMs(span, now))}${attempts > 1 ? ` in ${attempts} attempts` : ''}`
      : '';
  const waits = (span?.waits ?? []).map(
    ({ begin, end, cause }) => `, waited ${formatElapsed((end ?? now) - begin)} for ${nameOfCause(cause)}`,
  );
  const cost = task.costUsd > 0 ? `, ${formatUsd(task.costUsd)}` : '';
  return `${safeLine(task.id)}, ${task.status}${work}${waits.slice(0, 3).join('')}${cost}`;
}
