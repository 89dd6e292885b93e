/*
 * The sign-flip permutation test, said by means of subsets:
 *
 * F1 Without a change each difference could as well have had the other sign. Flipping those of a subset A makes the sum no larger exactly
 *    when the mean of A is at least 0. So one list of the subsets' means gives the p-value of every shift, and the interval: the shifts that are not refused.
 * F2 All 2^n subsets where that is quick; else a sample from a generator with a fixed seed, so that the same data say the same always.
 * F3 The subset of nobody flips nothing, so it counts for both sides: p is never 0.
 */

/** Differences of up to so many pairs are flipped in every way. */
const exactPairs = 14;
const sampled = 16_383;
const seed = 0x9e3779b9;

/** What flipping signs says of differences: the two-sided p of "no change", and the changes that are not refused at `alpha`. */
export interface SignFlips {
  p: number;
  /** Infinite where there are too few pairs to refuse anything. */
  interval: [low: number, high: number];
}

/** Tests differences of pairs against none, two-sided. Their order does not matter. */
export function flipSigns(differences: readonly number[], alpha: number): SignFlips {
  // Differences of the same scores, computed by different ways, must tie.
  const sorted = differences.map((each) => Math.round(each * 1e6) / 1e6).sort((one, other) => one - other);
  const means = sorted.length <= exactPairs ? allMeans(sorted) : sampledMeans(sorted);
  const ways = means.length;
  const atLeast = means.length - lowerBound(means, -tie);
  const atMost = lowerBound(means, tie);
  // So many subsets' means may lie beyond a shift that is refused (F1); nobody's is NaN, sorted last, and counts once for both.
  const needed = Math.ceil((alpha * (ways + 1)) / 2) - 1;
  return {
    p: Math.min(1, (2 * (1 + Math.min(atLeast, atMost))) / (ways + 1)),
    interval: needed < 1 ? [-Infinity, Infinity] : [means[needed - 1]!, means[ways - needed]!],
  };
}

/** Means closer than this are the same: far below what rounding leaves, far above what adding up makes. */
const tie = 1e-7;

function allMeans(differences: readonly number[]): Float64Array {
  const ways = 2 ** differences.length;
  const sums = new Float64Array(ways);
  const counts = new Uint8Array(ways);
  const means = new Float64Array(ways - 1);
  for (let subset = 1; subset < ways; subset++) {
    const last = 31 - Math.clz32(subset);
    const rest = subset - 2 ** last;
    sums[subset] = sums[rest]! + differences[last]!;
    counts[subset] = counts[rest]! + 1;
    means[subset - 1] = sums[subset]! / counts[subset]!;
  }
  return means.sort();
}

function sampledMeans(differences: readonly number[]): Float64Array {
  const bits = createBits(seed);
  const means = new Float64Array(sampled);
  for (let at = 0; at < sampled; at++) {
    let sum = 0;
    let count = 0;
    // A subset of nobody says nothing of a shift: F3 counts it already.
    while (count === 0) {
      sum = 0;
      let word = 0;
      for (let index = 0; index < differences.length; index++) {
        word = index % 32 === 0 ? bits() : word >>> 1;
        if ((word & 1) === 0) continue;
        sum += differences[index]!;
        count += 1;
      }
    }
    means[at] = sum / count;
  }
  return means.sort();
}

/** The first place whose value is above or at `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Words of 32 random bits, always the same ones for a seed (SplitMix32). */
export function createBits(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}
