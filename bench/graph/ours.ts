import { tmpdir } from 'node:os';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { maxTokens, model, system } from '../cell.ts';
import { layeredGraph, nodePrompt } from './layered.ts';

/** The layered graph as a plan: one model call a node, no tools, at most 50 at once. */
export function toGraphPlan(nodes: number, runId: string, tasks: Plan['limits']['tasks']): Plan {
  return {
    version: 1,
    name: 'bench-graph',
    description: 'A layered graph, one model call a node',
    manager: null,
    defaultAgent: null,
    workspace: tmpdir(),
    inputs: {},
    limits: { ...planDefaults.limits, maxParallel: 50, usd: 1000, tasks },
    context: { maxMessages: 1000 },
    ...planDefaults.run,
    policy: [],
    phases: [],
    tasks: layeredGraph(nodes).map(({ id, parents }) => ({
      ...planDefaults.task,
      filesScope: [],
      ...{ id, phase: null, context: id, agent: 'worker', prompt: nodePrompt(runId, id) },
      dependsOn: parents.map((task) => ({ task, on: 'all_success' as const, from: 'explicit' as const })),
      ...{ afterPhase: null, retry: { ...planDefaults.retry }, timeoutMs: null },
    })),
    agents: {
      worker: { name: 'worker', description: 'works', model, system, maxTokens, tools: [], maxTurns: 5 },
    },
  };
}
