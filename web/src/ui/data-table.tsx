import type { ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './data-table.module.css';

/** A column of a table. */
export interface Column<Row> {
  id: string;
  title: string;
  /** Numbers stand to the right. */
  isNumber?: boolean;
  /** From 1 (always there) to 3 (wide screens alone). Left out: 1. */
  rank?: 1 | 2 | 3;
  cell: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  /** What is in it, for whoever hears it. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Where a row leads: its first cell is the link. */
  href?: (row: Row) => string;
  /** What is said where no row is. */
  empty?: ReactNode;
}

/** A table of up to some hundred rows. */
export function DataTable<Row>({ label, columns, rows, rowKey, href, empty = 'Nothing here.' }: DataTableProps<Row>) {
  if (rows.length === 0) return <div className={styles.empty}>{empty}</div>;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-number={column.isNumber} data-rank={column.rank}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column, at) => (
                <td key={column.id} data-number={column.isNumber} data-rank={column.rank}>
                  {at === 0 && href ? <Link href={href(row)}>{column.cell(row)}</Link> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
