import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { Measured } from '../measure.ts';
import type { TokenScript } from '../model-script.ts';
import type { ModelCounts } from '../model-main.ts';
import type { Program } from '../program.ts';
import { answersOf } from './answers.ts';
import { toBare, toNaive } from './naive.ts';
import { loadTemplate, makeProject, templateNames, wavesPlan } from './plans.ts';

/** How agents work: whether they read files before they answer, and how long their answers are. */
export const settings = [
  { name: 'one answer a task', reads: 0, longer: 1 },
  { name: 'one answer a task, three times as long', reads: 0, longer: 3 },
  { name: 'files are read first', reads: undefined, longer: 1 },
] as const;

/** What a template sends to models, in tokens, in one of {@link settings}: results shared naively, as it is, with none passed on. */
export interface TokenSample {
  template: string;
  setting: (typeof settings)[number]['name'];
  naive: number;
  ours: number;
  bare: number;
}

/** Times in ms; `criticalMs`: the longest way through a graph, if nothing but models took any. */
export interface TimeSample {
  name: string;
  wallMs: number;
  criticalMs: number;
}

/** From a request to its answer where times are measured: as an answer of some hundred tokens takes. */
export const latencyMs = 10_000;
/** Files that each task reads there. */
const readsBefore = 1;

/** Counts tokens of each template in each setting, each way; then times each template, and twelve tasks in three waves. */
export async function measureTokens(
  program: Program,
  measured: Measured,
  say: (line: string) => void,
): Promise<{ samples: TokenSample[]; times: TimeSample[] }> {
  const project = join(tmpdir(), `gaffer-bench-tokens-${process.pid}`);
  makeProject(project);
  try {
    const plans = await Promise.all(templateNames.map((name) => loadTemplate(name, project).then(marked)));
    const samples: TokenSample[] = [];
    for (const { name: setting, reads, longer } of settings) {
      for (const [index, plan] of plans.entries()) {
        const template = templateNames[index]!;
        const script = { answers: answersOf(plan, longer), latencyMs: 0, ...(reads !== undefined && { reads }) };
        const of = (way: Plan, name: string) => tokensOf(program, measured, { plan: way, name, script });
        const naive = await of(toNaive(plan), `${template}-naive-${longer}-${reads}`);
        const ours = await of(plan, `${template}-ours-${longer}-${reads}`);
        const bare = await of(toBare(plan), `${template}-bare-${longer}-${reads}`);
        samples.push({ template, setting, naive, ours, bare });
        say(`${setting}, ${template}: ${ours}, bare ${bare}, of ${naive} tokens`);
      }
    }
    return { samples, times: await timesOf(program, measured, { plans, say }) };
  } finally {
    rmSync(project, { recursive: true });
  }
}

// So that the model knows whose turn it is, both ways.
function marked(plan: Plan): Plan {
  const mark = (id: string): string => `Task ${id}.\n`;
  return {
    ...plan,
    tasks: plan.tasks.map((task) => ({
      ...task,
      prompt: mark(task.id) + task.prompt,
      template: task.template && [mark(task.id), ...task.template],
    })),
  };
}

async function tokensOf(
  program: Program,
  { model }: Measured,
  { plan, name, script }: { plan: Plan; name: string; script: TokenScript },
): Promise<number> {
  await model.ask({ tokens: script });
  await program.runPlan!(plan, name);
  return (await model.ask<ModelCounts>('counts')).inputTokens;
}

// One after the other: what others do at the same time is not theirs.
async function timesOf(
  program: Program,
  { model }: Measured,
  { plans, say }: { plans: readonly Plan[]; say: (line: string) => void },
): Promise<TimeSample[]> {
  const waves = [4, 1].map((atOnce) => marked(wavesPlan(plans[0]!, atOnce)));
  const named = [...plans.map((plan, index) => ({ name: templateNames[index] as string, plan }))];
  named.push({ name: 'waves-4', plan: waves[0]! }, { name: 'waves-1', plan: waves[1]! });
  const times: TimeSample[] = [];
  for (const { name, plan } of named) {
    await model.ask({ tokens: { answers: answersOf(plan), reads: readsBefore, latencyMs } });
    const startedAt = performance.now();
    await program.runPlan!(plan, `${name}-timed`);
    const time = { name, wallMs: performance.now() - startedAt, criticalMs: criticalMsOf(plan) };
    times.push(time);
    say(`${name}: ${(time.wallMs / time.criticalMs).toFixed(2)} times its critical path`);
  }
  return times;
}

function criticalMsOf(plan: Plan): number {
  const ends = new Map<string, number>();
  // Tasks stand in topological order.
  for (const { id, dependsOn } of plan.tasks) {
    const begins = Math.max(0, ...dependsOn.map(({ task }) => ends.get(task) ?? 0));
    ends.set(id, begins + (readsBefore + 1) * latencyMs);
  }
  return Math.max(...ends.values());
}
