// The fault tests and the properties with other seeds, and more of them: `npm run chaos -- [--factor 10] [--seed N] [vitest arguments]`. Not in CI.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { factor: { type: 'string', default: '10' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const factor = Number(values.factor);
const seed = values.seed === undefined ? 1 + Math.floor(Math.random() * 1_000_000) : Number(values.seed);
if (!(factor > 0) || !Number.isInteger(seed)) {
  process.stderr.write('chaos: --factor must be above 0, --seed a whole number\n');
  process.exit(2);
}

const again = `npm run chaos -- --factor ${factor} --seed ${seed}`;
process.stderr.write(`First seed ${seed}, ${factor} times as many as in CI. The same again: ${again}\n`);
const files =
  positionals.length > 0 ? positionals : ['test/unit/', 'test/chaos/', 'test/e2e/kill-', 'test/e2e/two-workers'];
const { status } = spawnSync('npx', ['vitest', 'run', '--reporter=verbose', ...files], {
  stdio: 'inherit',
  env: { ...process.env, GAFFER_TEST_FIRST_SEED: String(seed), GAFFER_TEST_FACTOR: String(factor) },
});
if (status !== 0) process.stderr.write(`Seeds of what failed stand with it. The same again: ${again}\n`);
process.exit(status ?? 1);
