import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readState } from '../src/dev/stack-state.ts';
import { removeHome, startStack } from '../src/dev/stack.ts';
import type { Cell } from './cell.ts';
import { shapeName } from './cell.ts';
import type { BenchProcess } from './child-process.ts';
import { startProcess } from './child-process.ts';
import type { GraphCell } from './graph/ours.ts';
import { graphProgress, graphsToMarkdown } from './graph/report.ts';
import type { GraphSample } from './graph/run-graph.ts';
import { measureGraph } from './graph/run-graph.ts';
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
    const pids = { temporalPid: temporal!.pid, postgresPid: postgres!.pid };
    const about = { rounds: options.rounds, server: temporal!.version, database: postgres!.version };
    const table = await withPrograms(stack, options, async (programs, model) => {
      if (options.graphs) {
        const samples = await measureGraphs(programs, { ...pids, model }, { ...options, graphs: options.graphs });
        writeFileSync(result('graphs.json'), JSON.stringify({ about, samples }, null, 1));
        return graphsToMarkdown(samples, about);
      }
      const samples = await measureAll(programs, { ...pids, model }, options);
      writeFileSync(result('latest.json'), JSON.stringify({ about, samples }, null, 1));
      return toMarkdown(samples, about);
    });
    if (options.keep) keepTable(table, options.graphs !== null);
    process.stdout.write(table);
  } finally {
    await stack.stop();
    await removeHome(home);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withPrograms<Result>(
  { temporal, databaseUrl }: Pick<Surroundings, 'temporal' | 'databaseUrl'>,
  { profile }: BenchOptions,
  work: (programs: Program[], model: BenchProcess<Surroundings['model']>) => Promise<Result>,
): Promise<Result> {
  const model = await startProcess<Surroundings['model']>('model-main.ts');
  const surroundings = { temporal, databaseUrl, model: model.ready };
  const nodeArguments = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const programs: Program[] = [];
  try {
    programs.push(await startOurs(surroundings, nodeArguments));
    programs.push(await startPlain(surroundings, nodeArguments));
    return await work(programs, model);
  } finally {
    await Promise.allSettled(programs.map((program) => program.stop()));
    await model.stop();
  }
}

async function measureAll(
  programs: readonly Program[],
  measured: Measured,
  { rounds, cells }: BenchOptions,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  // Round 0 warms both up, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const cell of round === 0 ? cells.slice(-1).map(withoutLatency) : cells) {
      // They take turns at going first, so that a slow drift of the machine meets both.
      for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
        const sample = await measure(program, cell, round, measured);
        if (round > 0) samples.push(sample);
        say(progress(sample));
      }
    }
  }
  return samples;
}

async function measureGraphs(
  programs: readonly Program[],
  measured: Measured & { model: BenchProcess<Surroundings['model']> },
  { rounds, graphs }: { rounds: number; graphs: GraphCell[] },
): Promise<GraphSample[]> {
  const samples: GraphSample[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const cell of round === 0 ? graphs.slice(0, 1) : graphs) {
      // The plain program knows one way to run a node only.
      for (const program of programs.filter(({ name }) => name === 'ours' || cell.tasks === 'inline')) {
        const sample = await measureGraph(program, { cell, round }, measured);
        if (round > 0) samples.push(sample);
        say(graphProgress(round, sample));
      }
    }
  }
  return samples;
}

/** Replaces one of the two tables of the kept file. */
function keepTable(table: string, isGraphs: boolean): void {
  const path = result('RESULTS.md');
  const [first = '', ...rest] = readFileSync(path, 'utf8').split('\n## Graphs\n');
  const [calls, graphs] = isGraphs ? [first, `\n${table}`] : [`# What a model call costs\n\n${table}`, rest.join('')];
  writeFileSync(path, `${calls.trimEnd()}\n${graphs.trim() === '' ? '' : `\n## Graphs\n${graphs}`}`);
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
