import { searchAttributes } from '../../domain/run/search-attributes.ts';
import type { PreparePlanInput } from '../../contracts/activities.ts';
import type { OutlineTask } from '../../domain/plan/outline.ts';
import type { RunOutline } from '../../contracts/outline.ts';
import { scheduleOfRun } from '../../domain/ids/scheduled-id.ts';
import type { Lineage, OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { isOf, tenantOf } from '../../domain/ids/tenant.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import { toNanoUsd } from '../../domain/money/money.ts';
import { toOutlineTask } from '../../domain/plan/outline.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { looksAround, reuseRule } from '../../domain/plan/reuse-rule.ts';
import { slotRulesOf } from '../../domain/scheduling/slots.ts';
import type { CrewPlace } from '../../runners/crew-place.ts';
import { crewProblems } from '../../runners/crew-place.ts';
import { foldersOn, keptFiles } from '../../domain/plan/workspace.ts';
import { foldersApart } from '../../domain/worktrees/isolation-of.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import { appendNew } from '../../store/run/events.ts';
import { findFrozen } from '../../store/run/frozen-row.ts';
import { openRun, savePlan } from '../../store/runs.ts';
import type { Sql } from '../../store/database/sql.ts';
import { isPassing } from '../../store/store.ts';
import { loadWeights } from '../../store/task/weights.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { workspaceProblem } from '../base/task-workspace.ts';
import { addedEvent } from '../base/added-event.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { finalFailure } from '../base/to-failure.ts';
import type { NestedRun } from './nested-run.ts';
import { findNested, tellParent } from './nested-run.ts';

/** What opening a run takes. */
type Dependencies = Pick<
  ActivityDependencies,
  | 'store'
  | 'tools'
  | 'servers'
  | 'toPlan'
  | 'readInput'
  | 'checkInput'
  | 'folderProblem'
  | 'folderHost'
  | 'workspaceQueue'
  | 'searchAttributes'
> & {
  workspaceHost: Pick<ActivityDependencies['workspaceHost'], 'changedSince'>;
  worktrees: Pick<ActivityDependencies['worktrees'], 'find'>;
  runners: CrewPlace;
};

/** Longest page of an outline, in characters of JSON: one payload of a workflow's history. */
const pageCharacters = 80_000;

/** Events that are written at once. */
const eventsAtOnce = 1000;

/**
 * Turns a run's input into its frozen plan and opens the run in the store; done again, it changes nothing.
 *
 * @param signal aborts asking servers of tools; null: there is no time for that here
 */
export async function preparePlan(
  dependencies: Dependencies,
  request: PreparePlanInput,
  signal: AbortSignal | null,
): Promise<RunOutline> {
  const { store } = dependencies;
  const { input, runKey, runId, temporalRunId } = request;
  const { plan: named, launch, parent = null, ...found } = await findPlan(dependencies, request);
  await refuseCrew(dependencies, named);
  const plan = await withTools(dependencies, named, { runKey, signal });
  const lineage = found.lineage && (await withFiles(dependencies, plan, found.lineage));
  const no = await store.transaction(async (sql) => {
    // A plan that is named by its hash is kept already.
    const planHash = (plan === named && input.plan) || (await savePlan(sql, plan));
    const board = found.board ?? (typeof input.board === 'string' ? input.board : runId);
    const { usd, tokens, usdPerMinute } = plan.limits;
    const schedule = input.schedule ?? null;
    const { labels } = found;
    const run = { runKey, runId, temporalRunId, plan, planHash, board, launch, lineage, parent, schedule, labels };
    // In this order: what a call counts to is there before it.
    if (parent) await tellParent(sql, runId, parent);
    const opened = await openRun(sql, run, {
      nano: toNanoUsd(usd),
      tokens,
      nanoPerMinute: usdPerMinute === null ? null : toNanoUsd(usdPerMinute),
    });
    const events = firstEvents(plan);
    for (let from = 0; from < events.length; from += eventsAtOnce) {
      await appendNew(sql, opened, events.slice(from, from + eventsAtOnce));
    }
    return opened;
  });
  return firstOutline(dependencies, { no, plan });
}

/** What a workflow learns of a plan at first: everything but the pages after the first one. */
export async function firstOutline(dependencies: Dependencies, run: { no: number; plan: Plan }): Promise<RunOutline> {
  return toOutline(run.plan, await toPage(dependencies.store.sql, run, 0), dependencies);
}

/** A page of the plan's tasks, from the index on; empty behind the end. */
export async function loadOutline(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { from }: { from: number },
): Promise<OutlineTask[]> {
  return toPage(store.sql, run, from);
}

async function findPlan(
  dependencies: Dependencies,
  { input, runId }: PreparePlanInput,
): Promise<Omit<NestedRun, 'board' | 'parent'> & Partial<NestedRun> & { labels: RunLabels }> {
  const { store, toPlan, checkInput, folderProblem, folderHost } = dependencies;
  try {
    const { lineage, launch, labels } = checkInput(input);
    refuseOtherTime(input, runId);
    refuseOtherTenants(runId, [input.board, lineage?.run, lineage?.runKey]);
    const nested = input.within && (await findNested(dependencies, input.within, runId));
    if (!nested && !input.plan) {
      const named = await toPlan(input);
      await refuseRepositories(dependencies, named);
      return { plan: named, lineage, launch, labels };
    }
    const plan = nested?.plan ?? (await store.runs.plan(input.plan!));
    refuseOtherTenants(runId, [plan.evaluates?.runKey]);
    for (const folder of foldersOn(folderHost, plan)) {
      const problem = folderProblem(folder);
      if (problem !== null) throw new Error(problem);
    }
    const problem = await workspaceProblem(dependencies, plan, undefined);
    if (problem !== null) throw new Error(problem);
    await refuseRepositories(dependencies, plan);
    return { ...(nested ?? { plan, lineage, launch: launch ?? (await launchOfEvaluated(store, plan)) }), labels };
  } catch (error) {
    if (isPassing(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw finalFailure(failureTypes.invalidInput, `The input is not a valid run:\n${message}`);
  }
}

// What a repository cannot do is told before anything is paid, on the host that has it.
async function refuseRepositories({ worktrees, folderHost }: Dependencies, plan: Plan): Promise<void> {
  for (const folder of foldersApart(folderHost, plan)) await worktrees.find(folder, plan.isolation?.share ?? []);
}

// A run that was started by the one that it evaluates is worked on as that one was.
async function launchOfEvaluated(
  { sql }: ActivityDependencies['store'],
  { evaluates }: Plan,
): Promise<LaunchInfo | null> {
  return evaluates ? ((await findFrozen(sql, evaluates.runKey))?.launch ?? null) : null;
}

// Whoever may start workflows is trusted with that, and not with what belongs to somebody else.
function refuseOtherTenants(runId: string, named: readonly (string | undefined)[]): void {
  const other = named.find((id) => id !== undefined && !isOf(tenantOf(runId), id));
  if (other !== undefined) throw new Error(`${other} is of another tenant than the run ${runId}`);
}

// What is sealed for a schedule opens in all of its runs: it starts no other, and what was meant for one run is not taken for a firing.
function refuseOtherTime({ schedule, plan }: OrchestrateInput, runId: string): void {
  const firing = scheduleOfRun(runId);
  if (schedule !== undefined && schedule !== firing) throw new Error(`schedule: ${runId} is no run of ${schedule}`);
  if (plan !== undefined && firing !== null && schedule === undefined)
    throw new Error(`plan: ${runId} looks like a run of a schedule, and is none`);
}

// What servers of tools say is asked once: a run that is open has it.
async function withTools(
  { store, servers }: Dependencies,
  plan: Plan,
  { runKey, signal }: { runKey: string; signal: AbortSignal | null },
): Promise<Plan> {
  if (!plan.mcp || plan.mcp.tools) return plan;
  const opened = await findFrozen(store.sql, runKey);
  if (opened) return opened.plan;
  if (!signal) throw new Error('servers of tools are asked by a step that may take its time');
  try {
    return await servers.freeze(plan, { runKey, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isPassing(error)) throw error;
    throw finalFailure(failureTypes.invalidInput, `The input is not a valid run:\n${(error as Error).message}`);
  }
}

// What programs of others need on this machine is looked for before anything is paid.
async function refuseCrew({ runners, folderHost }: Dependencies, plan: Plan): Promise<void> {
  const tasks = plan.tasks.filter(({ workspace }) => (workspace?.host ?? folderHost) === folderHost);
  const problems = await crewProblems({ ...plan, tasks }, runners);
  if (problems.length === 0) return;
  throw finalFailure(failureTypes.invalidInput, `The input is not a valid run:\n${problems.join('\n')}`);
}

// Whoever starts a run elsewhere cannot look at its files: this is their host.
async function withFiles(
  { store, workspaceHost, folderHost }: Dependencies,
  plan: Plan,
  lineage: Lineage,
): Promise<Lineage> {
  // What a script's agents looked at is told of, though it is taken over all the same.
  const isTold = (task: PlanTask): boolean => task.script !== undefined && looksAround(plan, task);
  const depends = plan.tasks.some((task) => isTold(task) || reuseRule(plan, task, lineage.kind) === 'same-files');
  if (!depends || lineage.filesChanged !== undefined) return lineage;
  const row = await store.runs.find(lineage.run);
  const isSame = row?.runKey === lineage.runKey && row.endedAt !== null && row.workspace === plan.workspace;
  if (!isSame) return { ...lineage, filesChanged: 'the run, or its workspace, is another one' };
  return {
    ...lineage,
    filesChanged: await workspaceHost.changedSince(
      foldersOn(folderHost, plan),
      Date.parse(row.endedAt!),
      keptFiles(plan),
    ),
  };
}

function firstEvents(plan: Plan): RunEventDraft[] {
  return [
    { key: 'workflow:start', type: 'workflow:start', taskCount: plan.tasks.length, name: plan.name },
    ...plan.tasks.map((task) => addedEvent(plan, task)),
    ...(plan.mcp?.leftOut ?? []).map((text, index): RunEventDraft => ({ key: `mcp/${index}`, type: 'run:log', text })),
  ];
}

async function toPage(sql: Sql, { no, plan }: { no: number; plan: Plan }, from: number): Promise<OutlineTask[]> {
  const page: OutlineTask[] = [];
  let size = 0;
  for (let index = from; index < plan.tasks.length && size < pageCharacters; index++) {
    const task = toOutlineTask(plan.tasks[index]!, 1);
    // At least one, however large it is.
    size += JSON.stringify(task).length + ',"weightMs":1234567'.length;
    if (page.length > 0 && size > pageCharacters) break;
    page.push(task);
  }
  const weights = await loadWeights(sql, {
    no,
    workflow: plan.name,
    tasks: page.map(({ id }) => id),
  });
  return page.map((task) => {
    const weightMs = Math.round(weights.get(task.id) ?? 1);
    return weightMs > 1 ? { ...task, weightMs } : task;
  });
}

function changesFiles({ agents, tasks, mcp }: Plan, { tools: known }: Dependencies): boolean {
  return (
    (mcp?.tools ?? []).length > 0 ||
    Object.values(agents).some(({ tools }) => tools.some((name) => known.get(name)?.changesFiles === true)) ||
    tasks.some(({ compensate }) => compensate !== null)
  );
}

function areQuick(names: readonly string[], { tools }: Dependencies): boolean {
  return names.every((name) => tools.get(name)?.kind === 'quick');
}

function toOutline(plan: Plan, tasks: OutlineTask[], dependencies: Dependencies): RunOutline {
  const slots = slotRulesOf(plan);
  return {
    name: plan.name,
    description: plan.description.slice(0, 1000),
    limits: plan.limits,
    manager: plan.manager,
    onFailure: plan.onFailure,
    checkpointEvery: plan.checkpointEvery,
    phases: plan.phases.map(({ limits: _limits, ...phase }) => phase),
    tasks,
    taskCount: plan.tasks.length,
    agents: Object.fromEntries(
      Object.values(plan.agents).map(({ name, model, maxTurns, isolate, runner, tools }) => [
        name,
        {
          ...{ model, maxTurns, ...(isolate && { isolate }), ...(runner && { runner }) },
          ...(plan.limits.tasks === 'auto' && areQuick(tools, dependencies) && { isQuick: true as const }),
        },
      ]),
    ),
    ...(plan.isolation && { isolation: plan.isolation }),
    workspaceQueue: dependencies.workspaceQueue,
    hasSearchAttributes: dependencies.searchAttributes.length === Object.keys(searchAttributes).length,
    searchAttributes: [...dependencies.searchAttributes],
    strictSkips: true,
    keepsEnd: true,
    ...(slots && { slots }),
    ...(plan.merge?.auto && { merge: { into: plan.merge.into } }),
    changesFiles: changesFiles(plan, dependencies),
  };
}
