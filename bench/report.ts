import type { Cell } from './cell.ts';
import { callsOf, idealMsOf, shapeName } from './cell.ts';
import type { Cpu, Sample } from './measure.ts';
import { ours } from './measure.ts';
import type { ProgramName } from './program.ts';
import { programNames } from './program.ts';
import { groupBy, median, percentile, toRow } from './table.ts';

/** The table of single runs for people: medians per model call, and what ours are to the plain program. */
export function callsTable(samples: readonly Sample[]): string {
  return [
    'Per model call, with the tool call that follows it, in ms; medians. `child`: ours, a workflow for each task; `inline`, `auto`: ours, with',
    '`limits.tasks: inline` and `auto`; `plain`: the program by hand. CPU = worker + Temporal server + PostgreSQL; the scripted model has a',
    'process of its own, which is not in it. Wall over ideal: what a run takes above its critical path ((turns + 1) x latency),',
    'divided by all its model calls. / plain: CPU and wall time of the run, as parts of the plain program’s.',
    '',
    '| shape | latency | program | run | run / ideal | over ideal | CPU | worker | Temporal | PostgreSQL | CPU / plain | wall / plain |',
    '| :--- | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rowsOf(samples, callsRow),
    '',
  ].join('\n');
}

function callsRow(cell: Cell, program: ProgramName, own: Sample[], plain: Sample[]): string {
  const calls = callsOf(cell);
  const ideal = idealMsOf(cell);
  const wallMs = median(own.map((sample) => sample.wallMs));
  const part = (name: keyof Cpu): string => (median(own.map(({ cpu }) => cpu[name])) / calls).toFixed(1);
  return toRow([
    ...[shapeName(cell), `${cell.latencyMs}`, program, wallMs.toFixed(0)],
    ideal === 0 ? '' : (wallMs / ideal).toFixed(2),
    ((wallMs - ideal) / calls).toFixed(1),
    (median(own.map(totalCpu)) / calls).toFixed(1),
    ...[part('worker'), part('temporal'), part('postgres')],
    ratio(own, plain, totalCpu),
    ratio(own, plain, (sample) => sample.wallMs),
  ]);
}

/** The table of many runs at once for people: medians of the rounds. */
export function runsTable(samples: readonly Sample[]): string {
  return [
    'All runs start at once on one worker; medians of the rounds. p50 and p95: when so many of the runs had ended, in s.',
    'CPU per run = worker + Temporal server + PostgreSQL, in ms.',
    '',
    '| shape | latency | program | all, s | runs/s | p50 | p95 | CPU a run | runs/s / plain | CPU / plain |',
    '| :--- | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rowsOf(samples, runsRow),
    '',
  ].join('\n');
}

function runsRow(cell: Cell, program: ProgramName, own: Sample[], plain: Sample[]): string {
  const speed = ({ wallMs }: Sample): number => (1000 * cell.runs) / wallMs;
  const at = (share: number): string => (median(own.map(({ runMs }) => percentile(runMs, share))) / 1000).toFixed(1);
  return toRow([
    ...[shapeName(cell), `${cell.latencyMs}`, program],
    (median(own.map(({ wallMs }) => wallMs)) / 1000).toFixed(1),
    median(own.map(speed)).toFixed(1),
    ...[at(0.5), at(0.95)],
    (median(own.map(totalCpu)) / cell.runs).toFixed(0),
    ratio(own, plain, speed),
    ratio(own, plain, totalCpu),
  ]);
}

type RowOf = (cell: Cell, program: ProgramName, own: Sample[], plain: Sample[]) => string;

function rowsOf(samples: readonly Sample[], rowOf: RowOf): string[] {
  return [...groupBy(samples, ({ cell }) => JSON.stringify(cell)).values()].flatMap((group) => {
    const byProgram = groupBy(group, ({ program }) => program);
    return programNames.flatMap((program) => {
      const own = byProgram.get(program);
      return own ? [rowOf(group[0]!.cell, program, own, byProgram.get('plain') ?? [])] : [];
    });
  });
}

function totalCpu({ cpu }: Sample): number {
  return ours(cpu);
}

function ratio(own: Sample[], plain: Sample[], of: (sample: Sample) => number): string {
  if (plain.length === 0 || own[0]!.program === 'plain') return '';
  return (median(own.map(of)) / median(plain.map(of))).toFixed(2);
}
