import type { Rectangle } from './camera.ts';

/** Sizes of an opened box: a heading, and its members as a grid. */
export const gridSizes = { cell: { width: 168, height: 34 }, gap: 8, head: 44, padding: 12 } as const;

/** Where the members of an opened box stand: it lies over its neighbours, so that nothing moves. */
export interface GroupGrid extends Rectangle {
  columns: number;
}

const { cell, gap, head, padding } = gridSizes;

/** The grid of so many members, from the upper left corner of their box. About three times as wide as high. */
export function gridOf(count: number, { x, y }: { x: number; y: number }): GroupGrid {
  const columns = Math.min(
    count,
    Math.max(2, Math.ceil(Math.sqrt((count * (cell.height + gap) * 1.8) / (cell.width + gap)))),
  );
  const rows = Math.ceil(count / columns);
  return {
    ...{ x: x - padding, y: y - padding, columns },
    width: columns * (cell.width + gap) - gap + 2 * padding,
    height: head + rows * (cell.height + gap) - gap + 2 * padding,
  };
}

/** Where one of them stands. */
export function cellOf({ x, y, columns }: GroupGrid, index: number): Rectangle {
  return {
    x: x + padding + (index % columns) * (cell.width + gap),
    y: y + padding + head + Math.floor(index / columns) * (cell.height + gap),
    ...cell,
  };
}

/** Which of them stands at a point; undefined: none. */
export function cellAt(grid: GroupGrid, count: number, point: { x: number; y: number }): number | undefined {
  const column = Math.floor((point.x - grid.x - padding) / (cell.width + gap));
  const row = Math.floor((point.y - grid.y - padding - head) / (cell.height + gap));
  const index = row * grid.columns + column;
  const isInside = column >= 0 && column < grid.columns && row >= 0 && index < count;
  return isInside ? index : undefined;
}
