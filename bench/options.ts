import { parseArgs } from 'node:util';
import type { Cell, Shape } from './cell.ts';
import { programNames, type ProgramName } from './program.ts';

/** What was asked for on the command line. */
export interface BenchOptions {
  rounds: number;
  cells: Cell[];
  /** Also replaces the table that is kept in the repository. */
  keep: boolean;
  /** Folder for CPU profiles of both workers, or of the service; null: none. */
  profile: string | null;
  programs: ProgramName[];
  /** Sizes of graphs to run instead of the table of shapes; null: none. */
  graphs: number[] | null;
  /** Kills workers instead, and measures how runs go on. */
  isResume: boolean;
  /** Does the same work quiet and beside busy loops instead. */
  isCrowded: boolean;
  /** Times commands that read instead. */
  isReading: boolean;
  /** Times how an agent is found among many instead. */
  isAgents: boolean;
  /** Runs a folder of workstreams with one agent and with more instead. */
  isWorkstreams: boolean;
  /** Compares simulated runs instead. */
  isStatistics: boolean;
  /** Counts the tokens of templates, beside sharing every result whole, instead. */
  isTokens: boolean;
  /** Times how agents who wait for answers are woken instead. */
  isWaking: boolean;
  /** Measures what agents cost that wait for their model instead. */
  isIdle: boolean;
  /** Measures what readers of streams get, and what they cost, instead. */
  isStreams: boolean;
  /** Starts runs through the service, beside straight over Temporal, instead. */
  isService: boolean;
  /** Asks models through the gateway, beside straight, instead. */
  isGateway: boolean;
  /** Has a crew of coding agents do tasks in one repository instead. */
  isCoding: boolean;
}

/** How the command is used. */
export const usage = `usage: npm run bench -- [--shape 3x4,20x10,200*2x2] [--latency 0,100,1000] [OPTIONS]
       npm run bench -- --graph 100,1000,10000 [OPTIONS]
       npm run bench -- --resume [OPTIONS]
       npm run bench -- --crowded [OPTIONS]
       npm run bench -- --reading [OPTIONS]
       npm run bench -- --agents [OPTIONS]
       npm run bench -- --workstreams [OPTIONS]
       npm run bench -- --statistics [OPTIONS]
       npm run bench -- --tokens [OPTIONS]
       npm run bench -- --waking [OPTIONS]
       npm run bench -- --idle [OPTIONS]
       npm run bench -- --streams [OPTIONS]
       npm run bench -- --service [OPTIONS]
       npm run bench -- --gateway [OPTIONS]
       npm run bench -- --coding [OPTIONS]
  --shape     [RUNS*]WORKERSxTURNS: so many runs at once, each with so many workers, each of so many turns
  --graph     layered graphs of so many nodes instead
  --resume    kills the worker in the middle of a run instead
  --crowded   the same work of ours on a quiet machine and beside 20 busy loops instead
  --reading   commands that read (runs, show, …) beside a Node that does nothing instead
  --agents    finding an agent among 10,000 instead; starts no servers
  --workstreams
              a folder of 39 workstreams by 1, 3 and 6 agents instead
  --statistics
              how often comparisons of simulated runs are right instead, 200 a round and seed; starts no servers
  --tokens    what the six templates send to models, beside sharing every result whole, instead
  --waking    how soon agents who ask each other are woken by the answers instead
  --idle      what 1,000 agents cost that all wait for their model, instead
  --streams   what readers of streams of events get, and what they cost a turn, instead
  --service   small runs started over HTTP beside straight over Temporal, and a list of 10,000, instead
  --gateway   calls of agents through the gateway beside straight to the provider instead
  --coding    20 tasks of coding agents in one repository, 1, 3 and 6 at a time, instead
  --program   which of child,inline,auto,plain (default: all); all but plain are ours
  --rounds    5
  --keep      writes the table to bench/results/RESULTS.md too
  --profile   writes a CPU profile of each worker, or of the service: one round and one cell say most`;

/** @throws Error when an option is unknown or its value cannot be read */
export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      shape: { type: 'string', default: '3x4,20x10' },
      latency: { type: 'string', default: '0,100,1000' },
      keep: { type: 'boolean', default: false },
      profile: { type: 'string' },
      graph: { type: 'string' },
      resume: { type: 'boolean', default: false },
      crowded: { type: 'boolean', default: false },
      reading: { type: 'boolean', default: false },
      agents: { type: 'boolean', default: false },
      workstreams: { type: 'boolean', default: false },
      statistics: { type: 'boolean', default: false },
      tokens: { type: 'boolean', default: false },
      waking: { type: 'boolean', default: false },
      idle: { type: 'boolean', default: false },
      streams: { type: 'boolean', default: false },
      service: { type: 'boolean', default: false },
      gateway: { type: 'boolean', default: false },
      coding: { type: 'boolean', default: false },
      program: { type: 'string', default: programNames.join(',') },
    },
  });
  const shapes = values.shape.split(',').map(toShape);
  const latencies = values.latency.split(',').map((text) => toNumber('--latency', text, 0));
  return {
    isResume: values.resume,
    isCrowded: values.crowded,
    isReading: values.reading,
    isAgents: values.agents,
    isWorkstreams: values.workstreams,
    isStatistics: values.statistics,
    isTokens: values.tokens,
    isWaking: values.waking,
    isIdle: values.idle,
    isStreams: values.streams,
    isService: values.service,
    isGateway: values.gateway,
    isCoding: values.coding,
    rounds: toNumber('--rounds', values.rounds, 1),
    cells: shapes.flatMap((shape) => latencies.map((latencyMs) => ({ ...shape, latencyMs }))),
    keep: values.keep,
    profile: values.profile ?? null,
    programs: values.program.split(',').map(toProgram),
    graphs: values.graph?.split(',').map((text) => toNumber('--graph', text, 1)) ?? null,
  };
}

function toProgram(text: string): ProgramName {
  const name = programNames.find((one) => one === text);
  if (!name) throw new Error(`--program ${text}: must be of ${programNames.join(', ')}`);
  return name;
}

function toShape(text: string): Shape {
  const match = /^(?:(\d+)\*)?(\d+)x(\d+)$/.exec(text);
  const [runs, workers, turns] = [Number(match?.[1] ?? 1), Number(match?.[2]), Number(match?.[3])];
  // The first turn creates an issue and the last one closes it.
  if (!(runs >= 1 && workers >= 1 && turns >= 2))
    throw new Error(`--shape ${text}: must be [RUNS*]WORKERSxTURNS, as 20x10 or 200*2x2, turns from 2 on`);
  return { runs, workers, turns };
}

function toNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Error(`${option} ${text}: must be a whole number from ${least} on`);
  return number;
}
