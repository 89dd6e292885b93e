import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentsTable, measureAgents } from './agents.ts';
import { readState } from '../src/dev/stack-state.ts';
import type { GafferHome } from '../src/config/home.ts';
import type { Stack } from '../src/dev/stack.ts';
import { removeHome, startStack } from '../src/dev/stack.ts';
import type { Cell } from './cell.ts';
import type { CrowdedSample } from './crowded.ts';
import { crowdedProgress, crowdedTable, measureCrowded } from './crowded.ts';
import { shapeName } from './cell.ts';
import type { BenchProcess } from './child-process.ts';
import { startProcess } from './child-process.ts';
import { graphProgress, graphsTable } from './graph/report.ts';
import type { GraphSample } from './graph/run-graph.ts';
import { measureGraph } from './graph/run-graph.ts';
import type { Measured, Sample } from './measure.ts';
import { measure } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { readOptions, usage } from './options.ts';
import { startOurs } from './ours/program.ts';
import { startPlain } from './plain/program.ts';
import type { Program, Surroundings } from './program.ts';
import { callsTable, runsTable } from './report.ts';
import { measureReading, readingTable } from './reading.ts';
import type { IdleSample } from './idle.ts';
import { idleProgress, idleTable, idleWorker, measureIdle } from './idle.ts';
import type { ResumeSample } from './resume.ts';
import { measureResume, resumeProgress, resumeTable } from './resume.ts';
import type { Section } from './sections.ts';
import { keepSections, toSection } from './sections.ts';
import { runPromises, runTrials, trialsTable } from './statistics/trials.ts';
import { measureCoding } from './coding/measure-coding.ts';
import { measureGateway } from './gateway/measure-gateway.ts';
import { measureService } from './service/measure-service.ts';
import { measureStreams } from './streams/measure-streams.ts';
import { measureTokens } from './tokens/measure-tokens.ts';
import { tokensTable } from './tokens/report.ts';
import type { WakingSample } from './waking.ts';
import { measureWaking, wakingProgress, wakingTable } from './waking.ts';
import type { WorkstreamSample } from './workstreams.ts';
import { measureWorkstreams, workstreamProgress, workstreamsTable } from './workstreams.ts';

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
  if (options.isAgents) return measureFinding(options);
  if (options.isStatistics) return tryStatistics(options);
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-bench-'));
  const home = { path: join(folder, '.gaffer') };
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) delete env[name];
  const stack = await startStack({ home, env, say });
  try {
    const sections = await measureOnServers(stack, { home, folder, options });
    if (options.keep) keepSections(sections);
    process.stdout.write(sections.map(({ text }) => text).join('\n'));
  } finally {
    await stack.stop();
    await removeHome(home);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOnServers(
  { databaseUrl, temporal: { target: temporal } }: Stack,
  { home, folder, options }: { home: GafferHome; folder: string; options: BenchOptions },
): Promise<Section[]> {
  const state = readState(home);
  const pids = { temporalPid: state.temporal!.pid, postgresPid: state.postgres!.pid };
  const about = { rounds: options.rounds, server: state.temporal!.version, database: state.postgres!.version };
  const cwd = join(folder, 'project');
  const one = (title: Section['title'], table: string): Section[] => [toSection(title, table, about)];
  if (options.isGateway) {
    const place = { databaseUrl, postgresPid: pids.postgresPid };
    return one('Gateway', await measureGateway(place, options, say));
  }
  if (options.isCoding) {
    const place = { temporal, databaseUrl, folder, serverPids: [pids.temporalPid, pids.postgresPid] };
    return one('Coding', await measureCoding(place, options, say));
  }
  if (options.isStreams) return one('Streams', await measureStreams(databaseUrl, options.rounds, say));
  if (options.isReading) return one('Reading', readingTable(measureReading(cwd, options.rounds, say)));
  if (options.isService)
    return one('Service', await measureService({ temporal, databaseUrl, cwd, ...pids }, options, say));
  return withPrograms({ temporal, databaseUrl }, options, async (programs, model) => {
    const measured = { ...pids, model };
    const where = { measured, temporal };
    const tables = options.isCrowded
      ? await measureCrowds(programs, where, options)
      : options.isWaking
        ? await measureWakes(programs, where, options)
        : options.isIdle
          ? await measureWaits(programs, measured, options)
          : await measureAll(programs, measured, options);
    return [...tables].map(([title, table]) => toSection(title, table, about));
  });
}

function measureFinding({ rounds, keep }: BenchOptions): void {
  const section = toSection('Agents', agentsTable(measureAgents(rounds, say)), { rounds });
  if (keep) keepSections([section]);
  process.stdout.write(section.text);
}

function tryStatistics({ rounds, keep }: BenchOptions): void {
  const count = rounds * 200;
  const section = toSection('Statistics', trialsTable(runTrials(count, say), runPromises(count)), { rounds });
  if (keep) keepSections([section]);
  process.stdout.write(section.text);
}

type Model = BenchProcess<Surroundings['model']>;

async function withPrograms<Result>(
  { temporal, databaseUrl }: Pick<Surroundings, 'temporal' | 'databaseUrl'>,
  { profile, isIdle, programs: wanted }: BenchOptions,
  work: (programs: Program[], model: Model) => Promise<Result>,
): Promise<Result> {
  const model = await startProcess<Surroundings['model']>('model-main.ts');
  const { patience, tuning } = idleWorker;
  const surroundings = isIdle
    ? { temporal, databaseUrl, model: { ...model.ready, ...patience }, tuning }
    : { temporal, databaseUrl, model: model.ready };
  const nodeArguments = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
  const programs: Program[] = [];
  try {
    programs.push(...(await startOurs(surroundings, nodeArguments)));
    programs.push(await startPlain(surroundings, nodeArguments));
    return await work(
      programs.filter(({ name }) => wanted.includes(name)),
      model,
    );
  } finally {
    await Promise.allSettled(programs.map((program) => program.stop()));
    await model.stop();
  }
}

/** @returns tables by title */
async function measureAll(
  programs: readonly Program[],
  measured: Measured & { model: Model },
  { rounds, cells, graphs, isResume, isWorkstreams, isTokens }: BenchOptions,
): Promise<Map<Section['title'], string>> {
  const tables = new Map<Section['title'], string>();
  if (isResume) {
    const samples: ResumeSample[] = [];
    for (let round = 1; round <= rounds; round++) {
      for (const program of programs) {
        const sample = await measureResume(program, round, measured.model);
        samples.push(sample);
        say(resumeProgress(round, sample));
      }
    }
    return tables.set('After a kill', resumeTable(samples));
  }
  if (isTokens) return tables.set('Tokens', tokensTable(await measureTokens(programs[0]!, measured, say)));
  if (isWorkstreams)
    return tables.set('Workstreams', workstreamsTable(await measureFolders(programs, measured, rounds)));
  if (graphs) return tables.set('Graphs', graphsTable(await measureGraphs(programs, measured, { rounds, graphs })));
  const samples = await measureCells(programs, measured, { rounds, cells });
  const [single, many] = [samples.filter(({ cell }) => cell.runs === 1), samples.filter(({ cell }) => cell.runs > 1)];
  if (single.length > 0) tables.set('Model calls', callsTable(single));
  if (many.length > 0) tables.set('Many runs at once', runsTable(many));
  return tables;
}

async function measureCrowds(
  programs: readonly Program[],
  where: Parameters<typeof measureCrowded>[2],
  { rounds }: BenchOptions,
): Promise<Map<Section['title'], string>> {
  const samples: CrowdedSample[] = [];
  // Round 0 warms all of them up, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const program of programs.filter(({ name }) => name !== 'plain')) {
      const found = await measureCrowded(program, round, where);
      if (round > 0) samples.push(...found);
      for (const sample of found) say(crowdedProgress(round, sample));
    }
  }
  return new Map([['Crowded', crowdedTable(samples)]]);
}

async function measureWakes(
  programs: readonly Program[],
  where: Parameters<typeof measureWaking>[2],
  { rounds }: BenchOptions,
): Promise<Map<Section['title'], string>> {
  const samples: WakingSample[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const program of programs.filter(({ name }) => name !== 'plain')) {
      samples.push(await measureWaking(program, round, where));
      say(wakingProgress(round, samples.at(-1)!));
    }
  }
  return new Map([['Waking', wakingTable(samples, loadavg()[0]!)]]);
}

async function measureWaits(
  programs: readonly Program[],
  measured: Measured,
  { rounds }: BenchOptions,
): Promise<Map<Section['title'], string>> {
  const samples: IdleSample[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const program of programs.filter(({ name }) => name !== 'plain')) {
      samples.push(await measureIdle(program, round, measured));
      say(idleProgress(round, samples.at(-1)!));
    }
  }
  return new Map([['Idle', idleTable(samples)]]);
}

async function measureCells(
  programs: readonly Program[],
  measured: Measured,
  { rounds, cells }: { rounds: number; cells: Cell[] },
): Promise<Sample[]> {
  const samples: Sample[] = [];
  // Round 0 warms all of them up, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const cell of round === 0 ? cells.slice(-1).map(withoutLatency) : cells) {
      // They take turns at going first, so that a slow drift of the machine meets each.
      for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
        const sample = await measure(program, cell, round, measured);
        if (round > 0) samples.push(sample);
        say(progress(sample));
      }
    }
  }
  return samples;
}

async function measureFolders(
  programs: readonly Program[],
  measured: Measured,
  rounds: number,
): Promise<WorkstreamSample[]> {
  const samples: WorkstreamSample[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const program of programs.filter(({ name }) => name !== 'plain')) {
      const found = await measureWorkstreams(program, round, measured);
      samples.push(...found);
      for (const sample of found) say(workstreamProgress(round, sample));
    }
  }
  return samples;
}

async function measureGraphs(
  programs: readonly Program[],
  measured: Measured & { model: Model },
  { rounds, graphs }: { rounds: number; graphs: number[] },
): Promise<GraphSample[]> {
  const samples: GraphSample[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const nodes of round === 0 ? graphs.slice(0, 1) : graphs) {
      for (const program of programs) {
        const sample = await measureGraph(program, { nodes, round }, measured);
        if (round > 0) samples.push(sample);
        say(graphProgress(round, sample));
      }
    }
  }
  return samples;
}

function withoutLatency(cell: Cell): Cell {
  return { ...cell, latencyMs: 0 };
}

function progress({ round, cell, program, wallMs, cpu }: Sample): string {
  const { worker, temporal, postgres } = cpu;
  return `round ${round}: ${shapeName(cell)} ${cell.latencyMs} ms ${program}: ${wallMs.toFixed(0)} ms, CPU ${worker} + ${temporal} + ${postgres}`;
}
