import { cell, displayWidth } from '../base/display-width.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** One column of a table. The one that is `flexible` gives way first, then those with the highest `drop` leave. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Narrowest width of a flexible column. */
  flexible?: number;
  /** Ids are cut in their middle: they differ at their ends. */
  isId?: boolean;
  /** Leaves a narrow terminal: the highest number first. Without one, the column stays. */
  drop?: number;
}

/** Text of a cell; `paint` colours it after it was made safe and cut. */
export type Cell = string | { text: string; paint: (text: string) => string };

const gap = '  ';

/** Rows as aligned lines that fit into `columns`; every cell is made safe. Titles are painted with `paintTitle`. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { columns: room, paintTitle }: { columns: number; paintTitle: (text: string) => string },
): string[] {
  const natural = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(safeLine(textOf(row[index]))))),
  );
  const widths = fit(columns, natural, room);
  const shown = columns.map((_, index) => index).filter((index) => widths[index]! > 0);
  const line = (cells: readonly Cell[], paint?: (text: string) => string): string =>
    shown
      .map((index) => paintCell(cells[index] ?? '', widths[index]!, columns[index]!, paint))
      .join(gap)
      .trimEnd();
  const titles = columns.map((column) => column.title);
  return [...(titles.some(Boolean) ? [line(titles, paintTitle)] : []), ...rows.map((row) => line(row))];
}

function textOf(value: Cell | undefined): string {
  return typeof value === 'object' ? value.text : (value ?? '');
}

function paintCell(
  value: Cell,
  width: number,
  { align: side = 'left', isId = false }: Column,
  paint?: (text: string) => string,
): string {
  const text = cell(textOf(value), width, { side, isId });
  const painter = paint ?? (typeof value === 'object' ? value.paint : undefined);
  if (!painter) return text;
  const bare = text.trimEnd();
  return painter(bare) + text.slice(bare.length);
}

function fit(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  const total = (): number => {
    const used = widths.filter((width) => width > 0);
    return used.reduce((sum, width) => sum + width, 0) + gap.length * Math.max(0, used.length - 1);
  };
  const shrink = (): void => {
    for (const [index, column] of columns.entries()) {
      if (total() <= room) return;
      if (column.flexible === undefined || widths[index] === 0) continue;
      widths[index] = Math.max(Math.min(column.flexible, natural[index]!), natural[index]! - (total() - room));
    }
  };
  if (total() > room) shrink();
  const droppable = columns.map((column, index) => ({ index, drop: column.drop ?? 0 })).filter(({ drop }) => drop > 0);
  for (const { index } of droppable.sort((a, b) => b.drop - a.drop)) {
    if (total() <= room) break;
    widths[index] = 0;
    for (const [at, column] of columns.entries())
      if (column.flexible !== undefined && widths[at]! > 0) widths[at] = natural[at]!;
    shrink();
  }
  return widths;
}
