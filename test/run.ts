// Runs the tests: `short`, `long [PART…] [--list]`, `trials [--factor F] [--seed S]`, `production` or `agents`. Other words go to vitest.
import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Part } from './parts.ts';
import { agentsPart, longParts, productionPart, shortParts } from './parts.ts';
import { toProductionCells } from './production.ts';
import { keepResults } from './results.ts';
import { againOf, readTrials, toCells } from './trials.ts';
import { installAgents } from './support/agents/install-agents.ts';
import { buildTemporal } from './support/production/temporal-build.ts';
import { endWithParent } from './support/setup/run-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const [which, ...given] = process.argv.slice(2);

let running: ChildProcess | null = null;
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => endRun(code));
}
endWithParent(() => endRun(1));
const ways = { short: runShort, long: runLong, trials: runTrials, production: runProduction, agents: runAgents };
process.exitCode = await ways[which as keyof typeof ways](given);

async function runShort(args: string[]): Promise<number> {
  return (await build()) || runParts(shortParts, args);
}

async function runLong(args: string[]): Promise<number> {
  if (args.includes('--list')) {
    for (const { name, about } of longParts) console.log(`${name.padEnd(10)}${about}`);
    return 0;
  }
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = names.find((name) => !longParts.some((part) => part.name === name));
  if (unknown !== undefined) {
    console.error(
      `There is no part "${unknown}" of the long tests. There are: ${longParts.map((p) => p.name).join(', ')}`,
    );
    return 2;
  }
  const chosen = names.length > 0 ? longParts.filter(({ name }) => names.includes(name)) : longParts;
  const options = args.filter((arg) => arg.startsWith('-'));
  return (await build()) || runParts(chosen, options);
}

async function runTrials(args: string[]): Promise<number> {
  const trials = readTrials(args);
  if (typeof trials === 'string') {
    console.error(trials);
    return 2;
  }
  const { factor, seed, tests } = trials;
  console.error(`First seed ${seed}, ${factor} times as many as in CI. The same again: ${againOf(trials)}`);
  const broken = await build();
  if (broken) return broken;
  Object.assign(process.env, { GAFFER_TEST_FIRST_SEED: String(seed), GAFFER_TEST_FACTOR: String(factor) });
  const { options, keep } = keepResults('test/trials/RESULTS.md', (results) => toCells(trials, results));
  const status = await runParts([...shortParts, ...longParts], [...options, ...tests]);
  keep();
  if (status !== 0) console.error(`Seeds of what failed stand with it. The same again: ${againOf(trials)}`);
  return status;
}

async function runProduction(args: string[]): Promise<number> {
  const missing = buildTemporal();
  if (missing !== null) {
    console.error(missing);
    return 2;
  }
  const broken = await build();
  if (broken) return broken;
  const { options, keep } = keepResults('test/production/RESULTS.md', toProductionCells);
  const status = await runParts([productionPart], [...options, ...args]);
  keep();
  return status;
}

async function runAgents(args: string[]): Promise<number> {
  const missing = installAgents();
  if (missing !== null) {
    console.error(missing);
    return 2;
  }
  return (await build()) || runParts([agentsPart], args);
}

async function build(): Promise<number> {
  return spawnSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: root, stdio: 'inherit' }).status ?? 1;
}

/** One run of vitest. */
function runParts(parts: Part[], args: string[]): Promise<number> {
  const projects = parts.flatMap(({ name }) => ['--project', name]);
  const child = spawn(process.execPath, [vitest, 'run', ...projects, ...args], { cwd: root, stdio: 'inherit' });
  running = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

// vitest cleans up before it ends.
function endRun(code: number): void {
  if (!running || running.exitCode !== null || running.signalCode !== null) process.exit(code);
  running.once('exit', () => process.exit(code));
  running.kill('SIGTERM');
}
