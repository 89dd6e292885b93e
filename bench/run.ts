import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readState } from '../src/dev/stack-state.ts';
import { removeHome, startStack } from '../src/dev/stack.ts';
import type { Cell } from './cell.ts';
import { shapeName } from './cell.ts';
import { startProcess } from './child-process.ts';
import type { Measured, Sample } from './measure.ts';
import { measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { readOptions, usage } from './options.ts';
import { startOurs } from './ours/program.ts';
import { startPlain } from './plain/program.ts';
import type { Program, Surroundings } from './program.ts';
import { toMarkdown } from './report.ts';

// Measures what a model call costs on the product's own servers, beside a straightforward Temporal program on the same ones.

const say = (line: string): void => void process.stderr.write(`${line}\n`);

await main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});

async function main(): Promise<void> {
  let options: BenchOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-bench-'));
  const home = { path: join(folder, '.gaffer') };
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) delete env[name];
  const stack = await startStack({ home, env, say });
  try {
    const { temporal, postgres } = readState(home);
    const samples = await measureAll(stack, { temporalPid: temporal!.pid, postgresPid: postgres!.pid }, options);
    const about = { rounds: options.rounds, server: temporal!.version, database: postgres!.version };
    const table = toMarkdown(samples, about);
    writeFileSync(result('latest.json'), JSON.stringify({ about, samples }, null, 1));
    if (options.keep) writeFileSync(result('RESULTS.md'), `# What a model call costs\n\n${table}`);
    process.stdout.write(table);
  } finally {
    await stack.stop();
    await removeHome(home);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureAll(
  { temporal, databaseUrl }: Pick<Surroundings, 'temporal' | 'databaseUrl'>,
  pids: Pick<Measured, 'temporalPid' | 'postgresPid'>,
  { rounds, cells, profile }: BenchOptions,
): Promise<Sample[]> {
  const model = await startProcess<Surroundings['model']>('model-main.ts');
  const surroundings = { temporal, databaseUrl, model: model.ready };
  const nodeArguments = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const programs: Program[] = [];
  try {
    programs.push(await startOurs(surroundings, nodeArguments));
    programs.push(await startPlain(surroundings, nodeArguments));
    const samples: Sample[] = [];
    // Round 0 warms both up, and is not counted.
    for (let round = 0; round <= rounds; round++) {
      for (const cell of round === 0 ? cells.slice(-1).map(withoutLatency) : cells) {
        // They take turns at going first, so that a slow drift of the machine meets both.
        for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
          const sample = await measure(program, cell, round, { ...pids, model });
          if (round > 0) samples.push(sample);
          say(progress(sample));
        }
      }
    }
    return samples;
  } finally {
    await Promise.allSettled(programs.map((program) => program.stop()));
    await model.stop();
  }
}

function withoutLatency(cell: Cell): Cell {
  return { ...cell, latencyMs: 0 };
}

function progress({ round, cell, program, wallMs, cpu }: Sample): string {
  const { worker, temporal, postgres } = cpu;
  return `round ${round}: ${shapeName(cell)} ${cell.latencyMs} ms ${program}: ${wallMs.toFixed(0)} ms, CPU ${worker} + ${temporal} + ${postgres}`;
}

function result(name: string): string {
  return new URL(`results/${name}`, import.meta.url).pathname;
}
