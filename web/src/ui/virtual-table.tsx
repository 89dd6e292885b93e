import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { Link } from 'wouter';
import type { Column } from './data-table.tsx';
import styles from './data-table.module.css';

interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  /** Widths of the columns as CSS has them for a grid. */
  template: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  href?: (row: Row) => string;
  isSelected?: (row: Row) => boolean;
  /** Called when the last rows come into sight, so that more can be fetched. */
  onEnd?: () => void;
  /** Height of the part that scrolls. */
  height: string;
  onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void;
}

const rowHeight = 36;

/** A table of any length: only the rows that are seen are there. */
export function VirtualTable<Row>({ label, columns, template, rows, rowKey, ...props }: VirtualTableProps<Row>) {
  const { href, isSelected, onEnd, height, onKeyDown } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (at) => rowKey(rows[at]!),
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd?.();
  }, [last, rows.length, onEnd]);
  const grid = { gridTemplateColumns: template };
  return (
    <div
      ref={scroll}
      className={styles.virtual}
      style={{ height }}
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.row} style={grid}>
          {columns.map(({ id, title, isNumber }) => (
            <div key={id} role="columnheader" className={styles.cell} data-number={isNumber}>
              {title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {seen.map(({ index, key, start }) => {
          const row = rows[index]!;
          return (
            <div
              key={key}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={isSelected?.(row)}
              className={styles.row}
              style={{ ...grid, transform: `translateY(${start}px)` }}
            >
              {columns.map(({ id, isNumber, cell }, at) => (
                <div key={id} role="cell" className={styles.cell} data-number={isNumber}>
                  {at === 0 && href ? <Link href={href(row)}>{cell(row)}</Link> : cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
