/** Items of a picture, from left to right in layers, and what is joined: the first of a pair stands in an earlier layer. */
export interface Layers {
  layers: readonly (readonly number[])[];
  joins: readonly (readonly [number, number])[];
  /** How many items there are. */
  count: number;
}

/** There and back four times: more changes little. */
const sweeps = 8;

/** The layers, each with its items in an order in which joins cross little: by where what they are joined with stands. Linear but for the sorting. */
export function orderLayers({ layers, joins, count }: Layers): number[][] {
  const { before, after } = neighbours({ joins, count });
  const ordered = layers.map((layer) => [...layer]);
  const place = new Float64Array(count);
  const middle = new Float64Array(count);
  for (const layer of ordered) notePlaces(layer, place);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isForward = sweep % 2 === 0;
    const beside = isForward ? before : after;
    for (const layer of isForward ? ordered : ordered.toReversed()) {
      for (const item of layer) middle[item] = mean(beside[item]!, place) ?? place[item]!;
      // Sorting is stable: of two that want the same place, the one that stood first stays first.
      layer.sort((one, other) => middle[one]! - middle[other]!);
      notePlaces(layer, place);
    }
  }
  return ordered;
}

/** With what each item is joined, in earlier and in later layers. */
export function neighbours({ joins, count }: Pick<Layers, 'joins' | 'count'>): {
  before: number[][];
  after: number[][];
} {
  const before = Array.from({ length: count }, (): number[] => []);
  const after = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of joins) {
    before[to]!.push(from);
    after[from]!.push(to);
  }
  return { before, after };
}

/** Mean of what is known of some items; undefined: of none. */
export function mean(items: readonly number[], values: Float64Array): number | undefined {
  if (items.length === 0) return undefined;
  let sum = 0;
  for (const item of items) sum += values[item]!;
  return sum / items.length;
}

// From 0 to 1, so that long layers and short ones have the same places.
function notePlaces(layer: readonly number[], place: Float64Array): void {
  for (const [index, item] of layer.entries()) place[item] = (index + 0.5) / layer.length;
}
