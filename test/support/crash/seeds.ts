/** Seeds of a fault test: so many in CI; under `npm run trials` others, and more of them (test/trials.ts). */
export function seedsOf(inCi: number): number[] {
  const first = Number(process.env['GAFFER_TEST_FIRST_SEED'] ?? 1);
  const factor = Number(process.env['GAFFER_TEST_FACTOR'] ?? 1);
  return Array.from({ length: Math.ceil(inCi * factor) }, (_, index) => first + index);
}

/** Numbers from 0 up to `limit` - 1 that depend on the seed alone (Mulberry32). */
export function seeded(seed: number): (limit: number) => number {
  let state = seed * 0x9e3779b9;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
