import { parseArgs } from 'node:util';
import type { Cell, Shape } from './cell.ts';
import type { GraphCell } from './graph/ours.ts';

/** What was asked for on the command line. */
export interface BenchOptions {
  rounds: number;
  cells: Cell[];
  /** Also replaces the table that is kept in the repository. */
  keep: boolean;
  /** Folder for CPU profiles of both workers; null: none. */
  profile: string | null;
  /** Graphs to run instead of the table of shapes; null: none. */
  graphs: GraphCell[] | null;
}

/** How the command is used. */
export const usage = `usage: npm run bench -- [--rounds 5] [--shape 3x4,20x10] [--latency 0,100,1000] [--keep] [--profile FOLDER]
       npm run bench -- --graph 100,1000,10000 [--tasks inline,child] [--rounds 3] [--keep]
  --keep      writes the table to bench/results/RESULTS.md too
  --graph     runs layered graphs of so many nodes instead, --tasks says where (inline,child)
  --profile   writes a CPU profile of each worker: one round and one cell say most`;

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
      tasks: { type: 'string', default: 'inline,child' },
    },
  });
  const shapes = values.shape.split(',').map(toShape);
  const latencies = values.latency.split(',').map((text) => toNumber('--latency', text, 0));
  return {
    rounds: toNumber('--rounds', values.rounds, 1),
    cells: shapes.flatMap((shape) => latencies.map((latencyMs) => ({ ...shape, latencyMs }))),
    keep: values.keep,
    profile: values.profile ?? null,
    graphs: values.graph === undefined ? null : toGraphs(values.graph, values.tasks),
  };
}

function toGraphs(sizes: string, modes: string): GraphCell[] {
  return modes.split(',').flatMap((tasks) => {
    if (tasks !== 'inline' && tasks !== 'child') throw new Error(`--tasks ${tasks}: must be inline or child`);
    return sizes.split(',').map((text) => ({ nodes: toNumber('--graph', text, 1), tasks }));
  });
}

function toShape(text: string): Shape {
  const match = /^(\d+)x(\d+)$/.exec(text);
  const [workers, turns] = [Number(match?.[1]), Number(match?.[2])];
  // The first turn creates an issue and the last one closes it.
  if (!(workers >= 1 && turns >= 2))
    throw new Error(`--shape ${text}: must be WORKERSxTURNS, as 20x10, turns from 2 on`);
  return { workers, turns };
}

function toNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least)
    throw new Error(`${option} ${text}: must be a whole number from ${least} on`);
  return number;
}
