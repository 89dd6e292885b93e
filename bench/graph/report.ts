import { cpus } from 'node:os';
import { median } from '../report.ts';
import type { GraphSample } from './run-graph.ts';

/** A finished run in one line. */
export function graphProgress(round: number, { cell, program, wallMs, cpu }: GraphSample): string {
  const perNode = (ms: number): string => (ms / cell.nodes).toFixed(1);
  const parts = [cpu.worker, cpu.temporal, cpu.postgres].map(perNode).join(' + ');
  return `round ${round}: ${cell.nodes} nodes, ${cell.tasks}, ${program}: ${wallMs.toFixed(0)} ms; per node ${perNode(wallMs)} ms, CPU ${parts}`;
}

/** The table of graphs for people: medians in ms per node. */
export function graphsToMarkdown(
  samples: readonly GraphSample[],
  about: { rounds: number; server: string; database: string },
): string {
  const groups = groupBy(samples, ({ program, cell }) => `${program === 'ours' ? cell.tasks : program}/${cell.nodes}`);
  return [
    `Layered graphs (10, 50 and 100 wide; each node waits for one to three of the layer before), one model call a node, no latency,`,
    `at most 50 at once. ${cpus().length} cores, Node ${process.versions.node}, Temporal ${about.server}, PostgreSQL ${about.database}; median of ${about.rounds} rounds, in ms per node.`,
    `\`plain\`: one activity a node in one workflow by hand, with nothing stored besides.`,
    '',
    '| program | nodes | run, s | per node | CPU | worker | Temporal | PostgreSQL |',
    '| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...[...groups].toSorted(([a], [b]) => order(a) - order(b)).map(([name, some]) => toRow(name, some)),
    '',
  ].join('\n');
}

function order(name: string): number {
  const [program, nodes] = name.split('/');
  return ['inline', 'child', 'plain'].indexOf(program!) * 1e6 + Number(nodes);
}

function toRow(name: string, samples: GraphSample[]): string {
  const [program, nodes] = name.split('/');
  const perNode = (of: (sample: GraphSample) => number): string => (median(samples.map(of)) / Number(nodes)).toFixed(1);
  const label = program === 'plain' ? 'plain' : `ours, ${program}`;
  const cells = [
    label,
    nodes,
    (median(samples.map(({ wallMs }) => wallMs)) / 1000).toFixed(1),
    perNode(({ wallMs }) => wallMs),
    perNode(({ cpu }) => cpu.worker + cpu.temporal + cpu.postgres),
    perNode(({ cpu }) => cpu.worker),
    perNode(({ cpu }) => cpu.temporal),
    perNode(({ cpu }) => cpu.postgres),
  ];
  return `| ${cells.join(' | ')} |`;
}

function groupBy(samples: readonly GraphSample[], nameOf: (sample: GraphSample) => string): Map<string, GraphSample[]> {
  const groups = new Map<string, GraphSample[]>();
  for (const sample of samples) groups.set(nameOf(sample), [...(groups.get(nameOf(sample)) ?? []), sample]);
  return groups;
}
