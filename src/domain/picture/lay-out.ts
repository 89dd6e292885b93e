import { type LayersToLevel, levelLayers } from './level-layers.ts';
import { orderLayers } from './order-layers.ts';
import { type PictureLine, pictureSizes } from './picture.ts';

/** What is laid out: boxes by waves, and the lines between them. */
interface ToLayOut {
  layers: readonly (readonly number[])[];
  boxes: readonly unknown[];
  lines: readonly PictureLine[];
  /** Whether tasks may be added behind this box: then a column stays free. */
  spares: (box: number) => boolean;
}

/** A column of boxes: where it stands, and where its lowest box ends (-Infinity: it is free). */
export interface Column {
  x: number;
  end: number;
}

/** Where boxes stand, by their upper left corners. */
export interface Placed {
  boxes: { x: number; y: number }[];
  lines: PictureLine[];
  /** Wave of each box, free ones counted. */
  waveOf: number[];
  /** Columns of each wave. */
  waves: Column[][];
}

const { box: boxSize, rowGap, columnGap, waveGap, passing } = pictureSizes;
/** Height of a row of boxes with the gap below it. */
export const rowHeight = boxSize.height + rowGap;

/** A wave of more boxes than this stands in several columns, at least: of many boxes it may have more, so that the whole is about twice as wide as high. */
const fewestRows = 24;

/** Lines that go past waves get places of their own between the boxes there, unless there are more of these places: then nobody follows single lines. */
const mostPassing = 3000;

/** Places every box. The picture begins at 0, 0. */
export function layOut(given: ToLayOut): Placed {
  const count = given.boxes.length;
  const waveOf = given.boxes.map(() => 0);
  for (const [wave, layer] of given.layers.entries()) for (const box of layer) waveOf[box] = wave;
  const rows = Math.max(fewestRows, Math.ceil(Math.sqrt(count * 2)));
  const isWide = given.layers.map((layer) => layer.length > rows);
  const items = withPassing(given, { waveOf, isWide });
  const ordered = orderLayers(items);
  const heights = Array.from({ length: items.count }, (_, item) => (item < count ? rowHeight : passing + rowGap));
  const middles = new Float64Array(items.count);
  const subColumn = ordered.map((layer, index) => stack(layer, { heights, middles, rows: isWide[index] ? rows : 0 }));
  const level: LayersToLevel = { ...items, layers: ordered, heights, isFixed: isWide, middles };
  levelLayers(level);
  return place(given, { ordered, middles, subColumn, ...items });
}

interface Items {
  layers: number[][];
  joins: [number, number][];
  count: number;
  /** Places that a line goes through, by its index. */
  passings: Map<number, number[]>;
}

/** The boxes, and for each line a place in every wave that it goes past. */
function withPassing(
  { layers, boxes, lines }: ToLayOut,
  { waveOf, isWide }: { waveOf: readonly number[]; isWide: readonly boolean[] },
): Items {
  const items: Items = {
    layers: layers.map((layer) => [...layer]),
    joins: [],
    count: boxes.length,
    passings: new Map(),
  };
  const passed = lines.reduce((sum, [from, to]) => sum + Math.max(0, waveOf[to]! - waveOf[from]! - 1), 0);
  for (const [index, [from, to]] of lines.entries()) {
    let last = from;
    const passings: number[] = [];
    for (let wave = waveOf[from]! + 1; wave < waveOf[to]! && passed <= mostPassing; wave++) {
      if (isWide[wave]) continue;
      items.joins.push([last, items.count]);
      last = items.count++;
      items.layers[wave]!.push(last);
      passings.push(last);
    }
    // A ring has lines that do not go forward: they order nothing.
    if (waveOf[from]! < waveOf[to]!) items.joins.push([last, to]);
    if (passings.length > 0) items.passings.set(index, passings);
  }
  return items;
}

/** Puts the items of a layer below each other around 0, in columns of `rows` (0: in one). @returns the column of each */
function stack(
  layer: readonly number[],
  { heights, middles, rows }: { heights: readonly number[]; middles: Float64Array; rows: number },
): Map<number, number> {
  const columnOf = new Map<number, number>();
  const perColumn = rows === 0 ? layer.length : Math.ceil(layer.length / Math.ceil(layer.length / rows));
  for (let from = 0; from < layer.length; from += perColumn) {
    const column = layer.slice(from, from + perColumn);
    let top = -column.reduce((sum, item) => sum + heights[item]!, 0) / 2;
    for (const item of column) {
      columnOf.set(item, from / perColumn);
      middles[item] = top + heights[item]! / 2;
      top += heights[item]!;
    }
  }
  return columnOf;
}

interface Ordered extends Items {
  ordered: readonly (readonly number[])[];
  middles: Float64Array;
  subColumn: readonly Map<number, number>[];
}

function place(given: ToLayOut, { ordered, middles, subColumn, passings }: Ordered): Placed {
  const count = given.boxes.length;
  const heightOf = (item: number): number => (item < count ? boxSize.height : passing);
  const top = middles.reduce((least, middle, item) => Math.min(least, middle - heightOf(item) / 2), Infinity);
  const placed: Placed = { boxes: [], lines: [], waveOf: [], waves: [] };
  const xOf = new Map<number, number>();
  let x = 0;
  const widthOfWave = (columns: number): number => columns * (boxSize.width + columnGap) - columnGap + waveGap;
  for (const [wave, layer] of ordered.entries()) {
    const columns: Column[] = [];
    for (const item of layer) {
      const column = subColumn[wave]!.get(item)!;
      xOf.set(item, x + column * (boxSize.width + columnGap));
      const found = (columns[column] ??= { x: xOf.get(item)!, end: -Infinity });
      found.end = Math.max(found.end, Math.round(middles[item]! - top) + heightOf(item) / 2);
      if (item >= count) continue;
      placed.boxes[item] = { x: xOf.get(item)!, y: Math.round(middles[item]! - top - boxSize.height / 2) };
      placed.waveOf[item] = placed.waves.length;
    }
    x += widthOfWave(columns.length);
    placed.waves.push(columns);
    if (!layer.some((item) => item < count && given.spares(item))) continue;
    placed.waves.push([{ x, end: -Infinity }]);
    x += widthOfWave(1);
  }
  placed.lines = given.lines.map(([from, to, kind], index) => {
    const through = (passings.get(index) ?? []).flatMap((item) => [xOf.get(item)!, Math.round(middles[item]! - top)]);
    return [from, to, kind, ...through];
  });
  return placed;
}
