import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { groupBy, median, toRow } from './table.ts';

/** One command line that reads, to its end. */
export interface ReadingSample {
  verb: string;
  /** Whether servers run already; else its database is started for it. */
  isUp: boolean;
  ms: number;
}

const binary = fileURLToPath(new URL('../bin/gaffer.js', import.meta.url));
const runs = ['read-1', 'read-2', 'read-3'];
const verbs = [['runs'], ['show', 'read-1'], ['output', 'read-1'], ['transcript', 'read-1'], ['approvals']];
/** What Node takes for nothing, as all others are compared with. */
const nothing = 'node -e 0';

/** Times commands that read, in a project in `folder`, in turn with a Node that does nothing. `say` hears how far it is. */
export function measureReading(folder: string, rounds: number, say: (line: string) => void): ReadingSample[] {
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? cacheHome() };
  const time = (args: readonly string[]): number => {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
    return performance.now() - startedAt;
  };
  const gaffer = (...args: string[]): number => time([binary, ...args]);
  const samples: ReadingSample[] = [];
  const round = (isUp: boolean, isKept: boolean): void => {
    const found = [
      { verb: nothing, isUp, ms: time(['-e', '0']) },
      ...verbs.map((args) => ({ verb: `gaffer ${args[0]}`, isUp, ms: gaffer(...args) })),
    ];
    if (isKept) samples.push(...found);
    say(found.map(({ verb, ms }) => `${verb} ${ms.toFixed(0)} ms`).join(', '));
  };
  mkdirSync(folder);
  gaffer('init');
  gaffer('dev', '--detach', '--yes');
  try {
    for (const id of runs) gaffer('run', 'workflow.yaml', '--id', id);
    // Round 0 warms up, and is not counted.
    for (let count = 0; count <= rounds; count++) round(true, count > 0);
  } finally {
    gaffer('down');
  }
  for (let count = 0; count <= rounds; count++) round(false, count > 0);
  return samples;
}

function cacheHome(): string {
  return `${process.env['HOME']}/.cache`;
}

/** The table for people: medians of the rounds, beside a Node that does nothing. */
export function readingTable(samples: readonly ReadingSample[]): string {
  return [
    'Commands that read, each a process of its own, beside one of Node that does nothing, in turn. Up: servers run; alone: the database is',
    'started for the command, and stopped.',
    '',
    '| command | servers | rounds | ms | / node |',
    '| :--- | :--- | ---: | ---: | ---: |',
    ...[true, false].flatMap((isUp) => {
      const these = groupBy(
        samples.filter((sample) => sample.isUp === isUp),
        ({ verb }) => verb,
      );
      const msOf = (verb: string): number => median(these.get(verb)!.map(({ ms }) => ms));
      return [...these.keys()].map((verb) =>
        toRow([
          ...[verb, isUp ? 'up' : 'alone', `${these.get(verb)!.length}`],
          ...[msOf(verb).toFixed(0), (msOf(verb) / msOf(nothing)).toFixed(1)],
        ]),
      );
    }),
    '',
  ].join('\n');
}
