import { useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { formatElapsed } from '../../../../../src/domain/format.ts';
import { foldIdle, type IdleGap } from '../../../../../src/domain/timeline/idle-gaps.ts';
import type { SpanBook } from '../../../../../src/domain/timeline/span-book.ts';
import { useLive } from '../../../live/run-store.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { Button } from '../../../ui/button.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Empty, Loading } from '../../../ui/surface.tsx';
import { enterInspector, useSelection } from '../selection.ts';
import { Answers } from './answers.tsx';
import {
  type Axis,
  gapText,
  steadyLength,
  ticksOf,
  type TimelineRow,
  timelineRows,
  type View,
  views,
} from './timeline-rows.ts';
import { TimelineLine } from './timeline-line.tsx';
import { type Spans, useSpans } from './use-spans.ts';
import styles from './timeline.module.css';

/** The run along its time: who worked when and waited for what, with stretches in which nobody worked folded. Above it what one asks first. */
export function RunTimeline() {
  const { spans, error } = useSpans();
  return (
    <div className={styles.timeline}>
      <Answers />
      {spans && <Timeline spans={spans} />}
      {!spans && (error ? <ProblemNotice error={error} /> : <Loading what="Reading the times" />)}
    </div>
  );
}

const rowHeight = 30;
const titles: Readonly<Record<View, string>> = {
  ...{ all: 'All', failed: 'Failed', waiting: 'Waiting', longest: 'Longest first' },
};

function Timeline({ spans }: { spans: Spans }) {
  const tasks = useLive(({ state }) => state.tasks);
  const [view, setView] = useState<View>('all');
  const now = useNow(spans.book);
  const axis = useMemo(() => toAxis(spans, now), [spans, now]);
  // Only which task took longest is another from second to second.
  const sortedAt = view === 'longest' ? now : 0;
  const rows = useMemo(
    () => timelineRows({ tasks }, spans.book, { view, now: sortedAt }),
    [tasks, spans, view, sortedAt],
  );
  const toggle = (wanted: View) => () => setView(view === wanted ? 'all' : wanted);
  useKeys({
    '↑ ↓': { label: 'From line to line, once the timeline has the focus', run: null },
    Enter: { label: 'In the timeline: what is known of the task', run: null },
    f: { label: 'Failed tasks', run: toggle('failed') },
    w: { label: 'Waiting tasks', run: toggle('waiting') },
  });
  return (
    <>
      <div className={styles.bar} role="group" aria-label="Tasks shown">
        {views.map((each) => (
          <Button
            key={each}
            kind={view === each ? 'plain' : 'quiet'}
            aria-pressed={view === each}
            onClick={() => setView(each)}
          >
            {titles[each]}
            {each === 'failed' || each === 'waiting' ? ` ${countOf(tasks, each)}` : ''}
          </Button>
        ))}
      </div>
      <Gaps gaps={axis.gaps} />
      <Lines key={view} {...{ rows, axis, now, view }} />
    </>
  );
}

/** Stretches in which nobody worked, in words. */
function Gaps({ gaps }: { gaps: readonly IdleGap[] }) {
  if (gaps.length === 0) return null;
  return (
    <ul className={styles.gapList} aria-label="Stretches in which nobody worked">
      {gaps.slice(0, 4).map((gap) => (
        <li key={gap.begin}>{gapText(gap)}</li>
      ))}
      {gaps.length > 4 && <li>and {gaps.length - 4} more</li>}
    </ul>
  );
}

interface LinesProps {
  rows: readonly TimelineRow[];
  axis: Axis;
  now: number;
  view: View;
}

/** The lines that are seen, of any number. */
function Lines({ rows, axis, now, view }: LinesProps) {
  const { task: selected, select } = useSelection();
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const at = rows.findIndex((row) => row.kind === 'task' && row.task.id === selected);
  const reveal = useEffectEvent(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  });
  // What was chosen elsewhere comes into sight; what one has scrolled to since stays.
  useEffect(() => reveal(), [selected]);
  const step = (by: 1 | -1): void => {
    for (let next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by; rows[next]; next += by) {
      const row = rows[next]!;
      if (row.kind === 'task') return select(row.task.id);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Enter') enterInspector();
    else return;
    event.preventDefault();
  };
  const shown = virtual.getVirtualItems();
  const isSeen = shown.some(({ index }) => index === at);
  return (
    <div ref={scroll} className={styles.scroll}>
      <AxisHead axis={axis} />
      {rows.length === 0 && <Empty title={view === 'all' ? 'No task has been told of yet' : `No task is ${view}`} />}
      <div
        className={styles.lines}
        style={{ height: virtual.getTotalSize() }}
        role="listbox"
        aria-label="Tasks by time"
        tabIndex={0}
        onKeyDown={onKeyDown}
        aria-activedescendant={isSeen ? `line-${at}` : undefined}
      >
        {shown.map(({ index, start }) => (
          <TimelineLine
            key={index}
            {...{ index, start, axis, now, select }}
            height={rowHeight}
            row={rows[index]!}
            isSelected={index === at}
          />
        ))}
      </div>
    </div>
  );
}

function countOf(tasks: ReadonlyMap<string, { status: string }>, status: string): string {
  let count = 0;
  for (const task of tasks.values()) if (task.status === status) count++;
  return count.toLocaleString('en');
}

function toAxis({ book }: Spans, now: number): Axis {
  const { gaps, breakMs, length, place } = foldIdle(book.rows.values(), now);
  const whole = book.until === null ? steadyLength(length) : Math.max(1, length);
  return { gaps, breakMs, whole, now: book.until === null ? now : null, share: (ms) => place(ms) / whole };
}

/** Now in ms since the run's start, once a second while it goes on and is seen; its end afterwards. */
function useNow(book: SpanBook): number {
  const [now, setNow] = useState(() => Date.now());
  const isOver = book.until !== null;
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(() => !document.hidden && setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isOver]);
  return book.from === null ? 0 : Math.max(0, (book.until ?? now) - book.from);
}

function AxisHead({ axis }: { axis: Axis }) {
  const { gaps, whole, share, breakMs } = axis;
  return (
    <div className={styles.axis} aria-hidden="true">
      <div className={styles.axisTrack}>
        {ticksOf(axis, 7).map((ms) => (
          <span key={ms} className={styles.tick} style={{ left: `${share(ms) * 100}%` }}>
            {formatElapsed(ms)}
          </span>
        ))}
        {gaps.map((gap) => (
          <span
            key={gap.begin}
            className={styles.gapHead}
            title={gapText(gap)}
            style={{ left: `${share(gap.begin) * 100}%`, width: `${(breakMs / whole) * 100}%` }}
          >
            ⋯
          </span>
        ))}
      </div>
    </div>
  );
}
