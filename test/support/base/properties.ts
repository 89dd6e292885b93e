import fc from 'fast-check';

// One seed in CI, so that what is green stays green; `npm run trials` takes others, and more runs (test/trials.ts).
const factor = Number(process.env['GAFFER_TEST_FACTOR'] ?? 1);
fc.configureGlobal({ seed: Number(process.env['GAFFER_TEST_FIRST_SEED'] ?? 1), numRuns: Math.ceil(100 * factor) });

/** How many runs of a property: so many in CI. */
export const runs = (inCi: number): { numRuns: number } => ({ numRuns: Math.ceil(inCi * factor) });

export { fc };
