import { programNames } from '../program.ts';
import { groupBy, median, toRow } from '../table.ts';
import type { GraphSample } from './run-graph.ts';

/** A finished run in one line. */
export function graphProgress(round: number, { nodes, program, wallMs, cpu }: GraphSample): string {
  const perNode = (ms: number): string => (ms / nodes).toFixed(1);
  const parts = [cpu.worker, cpu.temporal, cpu.postgres].map(perNode).join(' + ');
  return `round ${round}: ${nodes} nodes, ${program}: ${wallMs.toFixed(0)} ms; per node ${perNode(wallMs)} ms, CPU ${parts}`;
}

/** The table of graphs for people: medians in ms per node. */
export function graphsTable(samples: readonly GraphSample[]): string {
  const groups = groupBy(samples, ({ program, nodes }) => `${program}/${nodes}`);
  return [
    'Layered graphs (10, 50 and 100 wide; each node waits for one to three of the layer before), one model call a node, no latency, at',
    'most 50 at once; medians in ms per node. `plain`: one activity a node in one workflow by hand, with nothing stored besides.',
    '',
    '| program | nodes | run, s | per node | CPU | worker | Temporal | PostgreSQL |',
    '| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groups.values()].toSorted(([a], [b]) => order(a!) - order(b!)).map(rowOf),
    '',
  ].join('\n');
}

function order({ program, nodes }: GraphSample): number {
  return programNames.indexOf(program) * 1e9 + nodes;
}

function rowOf(samples: GraphSample[]): string {
  const { program, nodes } = samples[0]!;
  const perNode = (of: (sample: GraphSample) => number): string => (median(samples.map(of)) / nodes).toFixed(1);
  return toRow([
    ...[program, `${nodes}`],
    (median(samples.map(({ wallMs }) => wallMs)) / 1000).toFixed(1),
    perNode(({ wallMs }) => wallMs),
    perNode(({ cpu }) => cpu.worker + cpu.temporal + cpu.postgres),
    perNode(({ cpu }) => cpu.worker),
    perNode(({ cpu }) => cpu.temporal),
    perNode(({ cpu }) => cpu.postgres),
  ]);
}
