import { cpus } from 'node:os';
import type { Cell } from './cell.ts';
import { callsOf, idealMsOf, shapeName } from './cell.ts';
import type { Cpu, Sample } from './measure.ts';

/** Medians of one program in one cell, per model call and in ms, but `wallMs`: that is of the whole run. */
interface Medians {
  wallMs: number;
  overIdeal: number;
  cpu: number;
  worker: number;
  temporal: number;
  postgres: number;
  model: number;
}

/** The table for people: medians per model call, and what the two programs are to each other. */
export function toMarkdown(
  samples: readonly Sample[],
  about: { rounds: number; server: string; database: string },
): string {
  const cells = new Map(samples.map(({ cell }) => [JSON.stringify(cell), cell]));
  const rows = [...cells.values()].flatMap((cell) => rowsOf(cell, samples));
  return [
    `${cpus().length} cores, Node ${process.versions.node}, Temporal ${about.server}, PostgreSQL ${about.database};`,
    `median of ${about.rounds} interleaved rounds. Only ratios count: times are those of one machine.`,
    '',
    'Per model call, with the tool call that follows it, in ms. CPU = worker + Temporal server + PostgreSQL; the scripted',
    'model has a process of its own, which is not in it. Wall over ideal: what a run takes above its critical path',
    '((turns + 1) x latency), divided by all its model calls.',
    '',
    '| shape | latency | program | run | run / ideal | wall over ideal | CPU | worker | Temporal | PostgreSQL | (model) |',
    '| :--- | ---: | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n');
}

function rowsOf(cell: Cell, samples: readonly Sample[]): string[] {
  const own = samples.filter((sample) => JSON.stringify(sample.cell) === JSON.stringify(cell));
  const [ours, plain] = (['ours', 'plain'] as const).map((program) => {
    const some = own.filter((sample) => sample.program === program);
    return some.length === 0 ? undefined : mediansOf(cell, some);
  });
  return [
    ...(ours ? [rowOf(cell, 'ours', ours)] : []),
    ...(plain ? [rowOf(cell, 'plain', plain)] : []),
    ...(ours && plain ? [ratioRow(cell, ours, plain)] : []),
  ];
}

function mediansOf(cell: Cell, samples: Sample[]): Medians {
  const calls = callsOf(cell);
  const part = (name: keyof Cpu): number => median(samples.map(({ cpu }) => cpu[name])) / calls;
  return {
    wallMs: median(samples.map(({ wallMs }) => wallMs)),
    overIdeal: median(samples.map(({ wallMs }) => wallMs - idealMsOf(cell))) / calls,
    cpu: median(samples.map(({ cpu }) => cpu.worker + cpu.temporal + cpu.postgres)) / calls,
    worker: part('worker'),
    temporal: part('temporal'),
    postgres: part('postgres'),
    model: part('model'),
  };
}

function rowOf(cell: Cell, program: string, medians: Medians): string {
  const ideal = idealMsOf(cell);
  const { wallMs, overIdeal, cpu, worker, temporal, postgres, model } = medians;
  const toIdeal = ideal === 0 ? '' : (wallMs / ideal).toFixed(2);
  const parts = [overIdeal, cpu, worker, temporal, postgres, model].map((ms) => ms.toFixed(1));
  return line([shapeName(cell), `${cell.latencyMs}`, program, wallMs.toFixed(0), toIdeal, ...parts]);
}

function ratioRow(cell: Cell, ours: Medians, plain: Medians): string {
  const ratio = (name: keyof Medians): string => (plain[name] > 0 ? (ours[name] / plain[name]).toFixed(2) : '');
  const parts = (['overIdeal', 'cpu', 'worker', 'temporal', 'postgres', 'model'] as const).map(ratio);
  return line([shapeName(cell), `${cell.latencyMs}`, '**ours / plain**', ratio('wallMs'), '', ...parts]);
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The middle one, or the mean of the two in the middle. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
