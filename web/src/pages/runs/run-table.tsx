import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type MouseEvent, type RefObject } from 'react';
import type { RunEntry } from '../../../../src/client/runs.ts';
import { useKeys } from '../../shell/keys.tsx';
import type { ListedRuns, RunList } from './run-list.ts';
import { RunRow } from './run-row.tsx';
import { moved, nothingChosen, picked, ranged, type Selection } from './selection.ts';
import { useNarrow } from './use-narrow.ts';
import type { SeenRows } from './use-run-list.ts';
import styles from './run-table.module.css';

interface RunTableProps {
  list: RunList;
  listed: ListedRuns;
  seen: RefObject<SeenRows>;
  selection: Selection;
  setSelection: (change: (before: Selection) => Selection) => void;
  /** Ids of runs of which something waits for whoever looks. */
  asking: ReadonlySet<string>;
  onLabel: (label: string) => void;
  onWorkflow: (workflow: string) => void;
}

const titles: readonly string[] = ['Status', 'Run', 'Workflow', 'Started', 'Time', 'Tokens', 'Cost'];
const [wideRow, narrowRow] = [36, 60];
/** How near to the end of what is loaded more is fetched, in rows. */
const ahead = 60;

/** The runs that fit: as many as there are, of which only those are drawn that are seen. */
export function RunTable(props: RunTableProps) {
  const { list, listed, seen, selection, setSelection, asking } = props;
  const { runs, hasMore } = listed;
  const isNarrow = useNarrow();
  const top = useRef<HTMLDivElement>(null);
  const margin = useMargin(top);
  const virtual = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => (isNarrow ? narrowRow : wideRow),
    overscan: 10,
    scrollMargin: margin,
    scrollPaddingStart: 96,
    scrollPaddingEnd: 80,
    getItemKey: (at) => runs[at]!.runId,
  });
  useEffect(() => virtual.measure(), [virtual, isNarrow]);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => {
    seen.current = { from: first, to: last };
    if (hasMore && last >= runs.length - ahead) void list.more();
  }, [list, hasMore, first, last, runs.length, seen]);
  useEffect(() => () => list.hold(false), [list]);
  useRowKeys(props, (index) => virtual.scrollToIndex(index));
  const ids = useRef<readonly string[]>([]);
  ids.current = runs.map(({ runId }) => runId);
  const onPick = useCallback(
    (run: RunEntry, event: MouseEvent) => {
      const { shiftKey, detail } = event;
      setSelection((before) => (shiftKey ? ranged(before, ids.current, run.runId) : picked(before, run.runId)));
      // A checkbox takes the keys that go through the list; whoever points at it is not typing.
      if (detail > 0) focusRow(run.runId);
    },
    [setSelection],
  );
  return (
    <div
      ref={top}
      role="table"
      aria-label="Runs"
      aria-rowcount={hasMore ? -1 : runs.length + 1}
      className={styles.table}
      onMouseEnter={() => list.hold(true)}
      onMouseLeave={() => list.hold(false)}
    >
      <Head {...props} isNarrow={isNarrow} />
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const run = runs[index]!;
          return (
            <RunRow
              key={key}
              {...{ run, index, isNarrow, onPick }}
              isChosen={selection.chosen.has(run.runId)}
              isCurrent={selection.cursor === run.runId}
              asks={asking.has(run.runId)}
              style={{ transform: `translateY(${start - margin}px)` }}
              onLabel={props.onLabel}
              onWorkflow={props.onWorkflow}
            />
          );
        })}
      </div>
    </div>
  );
}

function Head({ listed, selection, setSelection, isNarrow }: RunTableProps & { isNarrow: boolean }) {
  const ids = listed.runs.map(({ runId }) => runId);
  const isAll = ids.length > 0 && ids.every((id) => selection.chosen.has(id));
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = !isAll && selection.chosen.size > 0;
  }, [isAll, selection.chosen.size]);
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={isNarrow ? styles.narrowHead : styles.row}>
        <div role="columnheader" className={styles.check}>
          <input
            ref={box}
            type="checkbox"
            aria-label={`Choose all ${ids.length} that are loaded`}
            checked={isAll}
            onChange={() => setSelection((before) => (isAll ? nothingChosen : { ...before, chosen: new Set(ids) }))}
          />
        </div>
        {(isNarrow ? ['Run'] : titles).map((title, at) => (
          <div key={title} role="columnheader" className={!isNarrow && at > 2 ? styles.number : styles.cell}>
            {title}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Keys that go through the list, choose and open. */
function useRowKeys({ listed, selection, setSelection }: RunTableProps, scrollTo: (index: number) => void): void {
  const ids = listed.runs.map(({ runId }) => runId);
  const move = (by: 1 | -1, extend = false): void => {
    const next = moved(selection, ids, by, extend);
    setSelection(() => next);
    const at = ids.indexOf(next.cursor ?? '');
    if (at === -1) return;
    scrollTo(at);
    // The row is there once the list has drawn where it scrolled to.
    requestAnimationFrame(() => requestAnimationFrame(() => focusRow(next.cursor!)));
  };
  const pick = (): void => {
    if (selection.cursor !== null) setSelection((before) => picked(before, before.cursor!));
  };
  useKeys({
    j: { label: 'Next run', run: () => move(1) },
    k: { label: 'Run before', run: () => move(-1) },
    J: { label: 'Choose down', run: () => move(1, true) },
    K: { label: 'Choose up', run: () => move(-1, true) },
    x: { label: 'Choose the run', run: pick },
    Escape: {
      label: 'Choose none',
      run: () => setSelection((before) => ({ ...nothingChosen, cursor: before.cursor })),
    },
  });
}

function focusRow(runId: string): void {
  document.querySelector<HTMLElement>(`[data-run="${CSS.escape(runId)}"] a`)?.focus({ preventScroll: true });
}

/** How far below the top of the document the table begins, in px. */
function useMargin(element: RefObject<HTMLElement | null>): number {
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => {
      const box = element.current?.getBoundingClientRect();
      if (box) setMargin(Math.round(box.top + window.scrollY) + headHeight);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return margin;
}

const headHeight = 36;
