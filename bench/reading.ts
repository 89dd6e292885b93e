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
  /** Of the process's own, user and system. */
  cpuMs: number;
  /** The most that it held at a time. */
  mb: number;
}

const binary = fileURLToPath(new URL('../bin/gaffer.js', import.meta.url));
const runs = ['read-1', 'read-2', 'read-3'];
const verbs = [['runs'], ['show', 'read-1'], ['output', 'read-1'], ['transcript', 'read-1'], ['approvals']];
/** What Node takes for nothing, as all others are compared with. */
const nothing = 'node -e 0';

/** Has a process of Node say on its fourth stream what it took. */
const tellsCost = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));
`)}`;

type Cost = Pick<ReadingSample, 'ms' | 'cpuMs' | 'mb'>;

/** Times commands that read, in a project in `folder`, in turn with a Node that does nothing. `say` hears how far it is. */
export function measureReading(folder: string, rounds: number, say: (line: string) => void): ReadingSample[] {
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? cacheHome() };
  const time = (args: readonly string[]): Cost => {
    const startedAt = performance.now();
    const { status, stderr, output } = spawnSync(process.execPath, ['--import', tellsCost, ...args], {
      ...{ cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
    const ms = performance.now() - startedAt;
    const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(output[3]!) as NodeJS.ResourceUsage;
    return { ms, cpuMs: (userCPUTime + systemCPUTime) / 1000, mb: maxRSS / 1024 };
  };
  const gaffer = (...args: string[]): Cost => time([binary, ...args]);
  const samples: ReadingSample[] = [];
  const round = (isUp: boolean, isKept: boolean): void => {
    const found = [
      { verb: nothing, isUp, ...time(['-e', '0']) },
      ...verbs.map((args) => ({ verb: `gaffer ${args[0]}`, isUp, ...gaffer(...args) })),
    ];
    if (isKept) samples.push(...found);
    say(found.map(({ verb, ms, mb }) => `${verb} ${ms.toFixed(0)} ms, ${mb.toFixed(0)} MB`).join(', '));
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
    '| command | servers | rounds | ms | / node | CPU ms | / node | MB |',
    '| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[true, false].flatMap((isUp) => {
      const these = groupBy(
        samples.filter((sample) => sample.isUp === isUp),
        ({ verb }) => verb,
      );
      const of = (verb: string, key: keyof Cost): number => median(these.get(verb)!.map((sample) => sample[key]));
      const besideNode = (verb: string, key: keyof Cost): string[] => [
        of(verb, key).toFixed(0),
        (of(verb, key) / of(nothing, key)).toFixed(1),
      ];
      return [...these.keys()].map((verb) =>
        toRow([
          ...[verb, isUp ? 'up' : 'alone', `${these.get(verb)!.length}`],
          ...[...besideNode(verb, 'ms'), ...besideNode(verb, 'cpuMs'), of(verb, 'mb').toFixed(0)],
        ]),
      );
    }),
    '',
  ].join('\n');
}
