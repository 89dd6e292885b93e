import { type Layers, mean, neighbours } from './order-layers.ts';

/** What {@link levelLayers} works on. */
export interface LayersToLevel extends Layers {
  /** Height of each item with the gap to the next one. */
  heights: readonly number[];
  /** Layers that stay as they are: their items stand where `middles` says. */
  isFixed: readonly boolean[];
  middles: Float64Array;
}

/**
 * Moves the items of ordered layers up or down to where what they are joined with stands, as near as their order and heights allow.
 *
 * There, back and there again; each pass moves the items of a layer by as little as possible in all (least squares), in linear time.
 */
export function levelLayers({ layers, joins, count, heights, isFixed, middles }: LayersToLevel): void {
  const { before, after } = neighbours({ joins, count });
  const indexes = [...layers.keys()];
  for (const [beside, order] of [
    [before, indexes],
    [after, indexes.toReversed()],
    [before, indexes],
  ] as const) {
    for (const index of order) {
      if (isFixed[index]) continue;
      const layer = layers[index]!;
      const wanted = layer.map((item) => mean(beside[item]!, middles) ?? middles[item]!);
      const found = nearest(
        wanted,
        layer.map((item) => heights[item]!),
      );
      for (const [at, item] of layer.entries()) middles[item] = found[at]!;
    }
  }
}

/** Places nearest to the wanted ones, in that order and without overlaps: pools of neighbours that are in each other's way move as one. */
function nearest(wanted: readonly number[], heights: readonly number[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, height] of heights.entries()) {
    if (index > 0) offset += (heights[index - 1]! + height) / 2;
    offsets.push(offset);
  }
  const pools: { sum: number; size: number }[] = [];
  for (const [index, want] of wanted.entries()) {
    let pool = { sum: want - offsets[index]!, size: 1 };
    for (let last = pools.at(-1); last && last.sum / last.size > pool.sum / pool.size; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
    }
    pools.push(pool);
  }
  const shifts = pools.flatMap(({ sum, size }) => Array.from({ length: size }, () => sum / size));
  return shifts.map((shift, index) => shift + offsets[index]!);
}
