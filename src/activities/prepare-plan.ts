import type { PreparePlanInput, RunOutline } from '../contracts/activities.ts';
import { failureTypes } from '../domain/failure-types.ts';
import { toNanoUsd } from '../domain/money.ts';
import type { Plan } from '../domain/plan.ts';
import type { RunEventDraft } from '../domain/run-events.ts';
import { appendNew } from '../store/events.ts';
import { openRun, savePlan } from '../store/runs.ts';
import { StoreError } from '../store/store.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { finalFailure } from './to-failure.ts';

/** Turns a run's input into its frozen plan and opens the run in the store; done again, it changes nothing. */
export async function preparePlan(dependencies: ActivityDependencies, request: PreparePlanInput): Promise<RunOutline> {
  const { store } = dependencies;
  const { input, runKey, runId, temporalRunId } = request;
  const plan = await findPlan(dependencies, request);
  await store.transaction(async (sql) => {
    const planHash = await savePlan(sql, plan);
    const board = typeof input.board === 'string' ? input.board : runId;
    const { usd, tokens } = plan.limits;
    const launch = input.launch ?? null;
    const run = { runKey, runId, temporalRunId, plan, planHash, board, launch };
    const no = await openRun(sql, run, { nano: toNanoUsd(usd), tokens });
    await appendNew(sql, no, firstEvents(plan));
  });
  return toOutline(plan, dependencies);
}

async function findPlan({ store, toPlan }: ActivityDependencies, { input }: PreparePlanInput): Promise<Plan> {
  try {
    return input?.plan ? await store.runs.plan(input.plan) : await toPlan(input);
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'unreachable') throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw finalFailure(failureTypes.invalidInput, `The input is not a valid run:\n${message}`);
  }
}

function firstEvents(plan: Plan): RunEventDraft[] {
  return [
    { key: 'workflow:start', type: 'workflow:start', taskCount: plan.tasks.length, name: plan.name },
    ...plan.tasks.map((task): RunEventDraft => ({
      key: `added/${task.id}`,
      type: 'task:added',
      taskId: task.id,
      phase: task.phase === null ? null : plan.phases[task.phase]!.name,
      agentName: task.agent,
      context: task.context,
    })),
  ];
}

function toOutline(plan: Plan, dependencies: ActivityDependencies): RunOutline {
  return {
    name: plan.name,
    description: plan.description.slice(0, 1000),
    limits: plan.limits,
    phases: plan.phases,
    tasks: plan.tasks.map(({ prompt: _prompt, ...task }) => task),
    agents: Object.fromEntries(
      Object.values(plan.agents).map(({ name, model, maxTurns }) => [name, { model, maxTurns }]),
    ),
    workspaceQueue: dependencies.workspaceQueue,
    hasSearchAttributes: dependencies.hasSearchAttributes,
  };
}
