import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlan } from '../src/definition/load-plan.ts';
import type { Plan } from '../src/domain/plan/plan.ts';
import { maxTokens, model, system } from './cell.ts';
import type { Measured } from './measure.ts';
import type { ModelCounts } from './model-main.ts';
import { workstreamLatencyMs } from './model-script.ts';
import type { Program } from './program.ts';
import { groupBy, median, toRow } from './table.ts';

/** A generated folder of workstreams, done by so many agents. */
export interface WorkstreamSample {
  program: Program['name'];
  agents: number;
  wallMs: number;
}

const sizes = [1, 3, 6];

/** As in the program that the format comes from: chains of these lengths, each a track, and workstreams that wait for nothing. */
const chains = { pipeline: 9, core: 7, errors: 6 };
const loose = 17;
const total = loose + Object.values(chains).reduce((sum, length) => sum + length, 0);

/** Does the folder with one agent, with three and with six. @throws Error when a workstream was not done, or done twice */
export async function measureWorkstreams(
  program: Program,
  round: number,
  { model: server }: Measured,
): Promise<WorkstreamSample[]> {
  const samples: WorkstreamSample[] = [];
  for (const agents of sizes) {
    const runId = `workstreams-${program.name}-${agents}-${round}`;
    const plan = planOf(agents, runId);
    await server.ask({ workstreams: true });
    const startedAt = performance.now();
    await program.runPlan!(plan, runId);
    const wallMs = performance.now() - startedAt;
    const { calls, distinct } = await server.ask<ModelCounts>('counts');
    if (calls !== total || distinct !== total)
      throw new Error(`${runId}: ${calls} calls, ${distinct} of them distinct`);
    samples.push({ program: program.name, agents, wallMs });
  }
  return samples;
}

function planOf(agents: number, runId: string): Plan {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-bench-workstreams-'));
  try {
    writeWorkstreams(join(folder, 'workstreams'), agents, runId);
    const worker = { name: 'worker', description: 'works', model, system, maxTokens, tools: [], maxTurns: 5 };
    const known = { agents: new Map([['worker', worker]]), diagnostics: [], dirs: [] };
    const source = { kind: 'file', file: join(folder, 'workstreams') } as const;
    const { plan } = loadPlan(source, { agents: known, cwd: tmpdir(), workspace: tmpdir(), limits: { usd: 1000 } });
    return plan;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeWorkstreams(folder: string, agents: number, runId: string): void {
  mkdirSync(folder);
  const write = (id: string, more: object): void => {
    const workstream = { id, tool: 'worker', tasks: [`Do ${id} of ${runId}.`], ...more };
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(workstream));
  };
  for (const [track, length] of Object.entries(chains)) {
    for (let at = 1; at <= length; at++) {
      write(`ws-${track}-${at}`, { track, depends_on: at === 1 ? [] : [`ws-${track}-${at - 1}`] });
    }
  }
  for (let at = 1; at <= loose; at++) write(`ws-${at}`, {});
  const pool = Array.from({ length: agents }, (_, index) => ({ id: `agent-${index + 1}`, type: 'worker' }));
  writeFileSync(join(folder, 'agents.yaml'), JSON.stringify({ agents: pool }));
}

/** A finished folder in one line. */
export function workstreamProgress(round: number, { program, agents, wallMs }: WorkstreamSample): string {
  return `round ${round}: ${program}, ${total} workstreams by ${agents}: ${(wallMs / 1000).toFixed(1)} s`;
}

/** The table for people: medians of the rounds. */
export function workstreamsTable(samples: readonly WorkstreamSample[]): string {
  const wallOf = (some: readonly WorkstreamSample[]): number => median(some.map(({ wallMs }) => wallMs));
  return [
    `A folder of ${total} workstreams (chains of ${Object.values(chains).join(', ')}, ${loose} that wait for nothing), one call of ${workstreamLatencyMs / 1000} s each, from the start to the result.`,
    '',
    '| program | agents | rounds | all, s | times as fast as one |',
    '| :--- | ---: | ---: | ---: | ---: |',
    ...[...groupBy(samples, ({ program }) => program).values()].flatMap((group) =>
      [...groupBy(group, ({ agents }) => `${agents}`).values()].map((some) => {
        const [wallMs, one] = [wallOf(some), wallOf(group.filter(({ agents }) => agents === 1))];
        const { program, agents } = some[0]!;
        return toRow([
          ...[program, `${agents}`, `${some.length}`],
          ...[(wallMs / 1000).toFixed(1), (one / wallMs).toFixed(2)],
        ]);
      }),
    ),
    '',
  ].join('\n');
}
