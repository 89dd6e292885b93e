import { median, percentile, toRow } from '../table.ts';

/** Ways to start runs: through the service, and straight over Temporal. */
export const ways = ['http', 'direct'] as const;

/** One of {@link ways}. */
export type Way = (typeof ways)[number];

/** Whose CPU is read. The model is the world's, and counts for nobody. */
export const parts = ['client', 'service', 'worker', 'temporal', 'postgres'] as const;

/** One of {@link parts}. */
export type Part = (typeof parts)[number];

/** Runs that were started all at once. Times in ms. */
export interface AtOnce {
  /** Until all had ended. */
  wallMs: number;
  /** Of each, until it was acknowledged. */
  startMs: number[];
  /** Of all together. */
  cpuMs: Record<Part, number>;
}

/** What was measured. Times in ms. */
export interface ServiceTimes {
  runsAtOnce: number;
  /** In the database when the list was asked for. */
  endedRuns: number;
  atOnce: Record<Way, AtOnce>[];
  /** Starts while nothing else goes on. */
  oneByOne: Record<Way, number[]>;
  lists: number[];
}

/** A round in one line. */
export function toProgress(round: number, { http, direct }: Record<Way, AtOnce>): string {
  return `round ${round}: ${seconds(http.wallMs)} s over HTTP, ${seconds(direct.wallMs)} s direct: ${ratioOf({ http, direct }).toFixed(2)}, CPU ${cpuRatioOf({ http, direct }).toFixed(2)}`;
}

/** The tables for people. */
export function serviceTable({ runsAtOnce, endedRuns, atOnce, oneByOne, lists }: ServiceTimes, load: number): string {
  return [
    `${runsAtOnce} runs of one task, started all at once: over HTTP, through a service in a process of its own, and straight over Temporal; one worker. In s until all`,
    `had ended; the middle ratio is ${median(atOnce.map(ratioOf)).toFixed(2)}, of CPU ${median(atOnce.map(cpuRatioOf)).toFixed(2)}. Load of the machine in the last minute: ${load.toFixed(1)}.`,
    '',
    toRow(['round', 'over HTTP', 'direct', 'ratio', 'of CPU']),
    toRow(['---:', '---:', '---:', '---:', '---:']),
    ...atOnce.map((one, index) =>
      toRow([
        `${index + 1}`,
        seconds(one.http.wallMs),
        seconds(one.direct.wallMs),
        ratioOf(one).toFixed(2),
        cpuRatioOf(one).toFixed(2),
      ]),
    ),
    '',
    'CPU of that, in ms a run; medians of the rounds:',
    '',
    toRow(['', ...parts, 'together']),
    toRow([':---', ...parts.map(() => '---:'), '---:']),
    ...ways.map((way) => cpuRow(way, atOnce, runsAtOnce)),
    '',
    'Until it was answered, in ms:',
    '',
    toRow(['', 'times', 'p50', 'p95']),
    toRow([':---', '---:', '---:', '---:']),
    ...ways.map((way) => timesRow(`a start ${nameOf[way]}, nothing else going on`, oneByOne[way])),
    ...ways.map((way) =>
      timesRow(
        `a start ${nameOf[way]}, all at once`,
        atOnce.flatMap((one) => one[way].startMs),
      ),
    ),
    timesRow(`\`GET /api/runs?limit=50\` with ${endedRuns} ended runs`, lists),
    '',
  ].join('\n');
}

const nameOf = { http: 'over HTTP', direct: 'direct' } as const;

function timesRow(title: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return toRow([title, `${times.length}`, ...[0.5, 0.95].map((share) => percentile(sorted, share).toFixed(0))]);
}

function cpuRow(way: Way, atOnce: ServiceTimes['atOnce'], runs: number): string {
  const of = (cpuOf: (one: AtOnce) => number): string =>
    (median(atOnce.map((one) => cpuOf(one[way]))) / runs).toFixed(1);
  return toRow([nameOf[way], ...parts.map((part) => of(({ cpuMs }) => cpuMs[part])), of(totalCpu)]);
}

function cpuRatioOf({ http, direct }: Record<Way, AtOnce>): number {
  return totalCpu(http) / totalCpu(direct);
}

function totalCpu({ cpuMs }: AtOnce): number {
  return parts.reduce((sum, part) => sum + cpuMs[part], 0);
}

function ratioOf({ http, direct }: Record<Way, AtOnce>): number {
  return http.wallMs / direct.wallMs;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
