import type { Plan } from '../domain/plan/plan.ts';
import { basename, resolve } from 'node:path';
import type { Lineage } from '../contracts/orchestrate-input.ts';
import { UsageError } from '../domain/errors.ts';
import { isScriptPlan } from '../domain/plan/scripts.ts';
import type { Session } from './connection/session.ts';
import { broughtDefinition, checkAsked, checkNested, checkPlanned, type CallerBounds } from './access/caller-bounds.ts';
import { openBelief, type PlanFile } from './access/believed-files.ts';
import { isReadable } from './access/nameable.ts';
import { onceId } from './connection/once.ts';
import { namedModules } from './crew/own-tools.ts';
import { rollbackRun } from './control/rollback.ts';
import { RunNotFoundError } from './errors.ts';
import { compareTwo } from './evaluation/compare-runs.ts';
import { evaluateRun } from './evaluation/evaluate-run.ts';
import { findRun, findStartedRun, lookUp } from './follow/find-run.ts';
import { listRuns, pageRuns } from './list/list-runs.ts';
import { listWaiting } from './list/list-waiting.ts';
import { createRun } from './create-run.ts';
import type { Run } from './run.ts';
import type { StartOptions } from './start-options.ts';
import { createSchedules, type CheckedSchedule } from './schedules/create-schedules.ts';
import { checkTiming } from './schedules/schedule-timing.ts';
import type { ScheduleOptions } from './schedules/schedules.ts';
import { scriptOf } from './start/chosen-script.ts';
import { checkChosenWorkspaces } from './start/chosen-workspace.ts';
import { checkFolders } from './start/check-folder.ts';
import { checkedFork } from './preview/checked-fork.ts';
import { checkRetry, goesOn, launchDerived, prepareRetry, retryInPlace } from './start/from-run.ts';
import { launchRun } from './start/launch.ts';
import { lineageOf } from './start/lineage.ts';
import { startedBefore } from './start/started-before.ts';
import { lookAtFiles } from './start/look-at-files.ts';
import { loadDefinition, type DefinitionSettings, type LoadedDefinition } from './start/load-definition.ts';
import { withMostUsd } from './start/most-usd.ts';
import { newOwnId, ownBoard } from './start/own-id.ts';
import { describedTask } from './start/described-task.ts';
import { checkRunId, newRunId } from './start/run-id.ts';
import { labelsOf, turnOf } from './start/turn.ts';
import type { ManyReport, StartManyOptions } from './bulk/many.ts';
import type { ManyStarter } from './bulk/start-many.ts';
import type { ForkOptions } from './runs.ts';
import type { Runs } from './temporal-runs.ts';

/** The runs of a session. */
export function createRuns(session: Session): Runs {
  const schedules = createSchedules(session);
  return {
    start: (options) => start(session, options),
    startMany: (options) => startEach(session, options),
    async find(id) {
      const run = await lookUp(session, id);
      if (!run) throw new RunNotFoundError(id);
      return run;
    },
    list: (filter) => listRuns(session, filter),
    page: (filter) => pageRuns(session, filter),
    waiting: (id) => listWaiting(session, id),
    async retry(id, options = {}) {
      checkRetry(options);
      const before = await startedBefore(session);
      if (before) return before;
      const row = await findStartedRun(session, id);
      const isInPlace = session.once?.before?.['asked'] !== undefined || (await goesOn(session, row));
      if (!isInPlace) return launchDerived(session, await prepareRetry(session, row, options));
      await retryInPlace(session, row, options);
      return createRun(session, row);
    },
    fork: (id, options) => fork(session, id, options),
    evaluate: async (id, options = {}) => evaluateRun(session, await findStartedRun(session, id), options),
    compare: (one, other) => compareTwo(session, one, other),
    rollback: (id) => rollbackRun(session, id),
    schedules: { ...schedules, add: async (options) => schedules.add(await checkedSchedule(session, options)) },
    temporalClient: async () => (await ofAll(session).connect()).client,
    temporal: async () => (await ofAll(session).servers()).temporal,
    close: () => session.close(),
    [Symbol.asyncDispose]: () => session.close(),
  };
}

/** @throws UsageError for a tenant: Temporal knows of all */
function ofAll(session: Session): Session {
  if (session.tenant === null) return session;
  throw new UsageError('Temporal has the runs of all tenants: a tenant is given no client of it.');
}

async function start(session: Session, options: StartOptions): Promise<Run> {
  const id = options.id === undefined ? undefined : checkRunId(options.id);
  const turn = turnOf(options);
  const marks = labelsOf(options);
  const before = await startedBefore(session);
  if (before) return before;
  const checked = await checkedDefinition(session, options);
  const { plan, agentsDirs, tools, file } = checked;
  const lineage = options.reuse === undefined ? undefined : await reuseOf(session, options.reuse, checked);
  const runId = await onceId(session, newOwnId(session, id ?? newRunId(plan.name), lineage?.run));
  await session.beforeStart?.(runId);
  const { run } = await launchRun(session, {
    ...{ plan, agentsDirs, tools, runId, board: ownBoard(options.board, runId) },
    ...{ ...(lineage && { lineage }), ...turn, ...marks },
    script: await scriptOf(session, options.script, { file, plan }),
    unsandboxedShell: options.allowUnsandboxedShell ?? session.config.allowUnsandboxedShell,
  });
  return run;
}

async function startEach(session: Session, options: StartManyOptions): Promise<ManyReport> {
  const [{ startMany }, { checkMany }] = await Promise.all([
    import('./bulk/start-many.ts'),
    import('./bulk/check-many.ts'),
  ]);
  const check: ManyStarter['check'] = (all, tell) =>
    checkMany(all, options, { check: (one) => checkedDefinition(session, one), tell });
  // One worker takes up all that an earlier one left: the next run finds it.
  let before: Promise<unknown> = Promise.resolve();
  const takeUp: ManyStarter['takeUp'] = (run) => {
    const taken = before.then(() => goOnWith(session, run));
    before = taken.catch(() => undefined);
    return taken;
  };
  return startMany({ ...createRuns(session), check, takeUp }, options);
}

async function goOnWith(session: Session, run: Run): Promise<void> {
  if (!session.startsWorkers) return;
  const { workOnUnopened } = await import('./crew/work-on.ts');
  // A worker that dies is told by the session.
  void (await workOnUnopened(session, run.id));
  await run.takeUp();
}

async function fork(session: Session, id: string, options: ForkOptions): Promise<Run> {
  const before = await startedBefore(session);
  if (before) return before;
  return launchDerived(session, await checkedFork(session, id, options));
}

/** What starts by itself is checked and frozen when it is added: nothing that changes later runs unseen. */
async function checkedSchedule(session: Session, options: ScheduleOptions): Promise<CheckedSchedule> {
  const { name } = options;
  const board = ownBoard(options.board, newOwnId(session, String(name)));
  const { priority } = turnOf(options);
  const marks = labelsOf(options);
  const timing = checkTiming(options);
  const { plan, tools } = await checkedDefinition(session, options);
  const unsandboxedShell = options.allowUnsandboxedShell ?? session.config.allowUnsandboxedShell;
  return { name, timing, settings: { plan, tools, board, priority, unsandboxedShell, ...marks } };
}

/**
 * What is to run, as its caller may have it run.
 *
 * @param standsAt the file that a text is of or will be
 * @throws DefinitionError; OutOfBoundsError; NotTrustedError when the file has to be believed first
 */
export async function checkedDefinition(
  session: Session,
  options: StartOptions,
  standsAt?: string,
): Promise<LoadedDefinition> {
  const { cwd, bounds } = session;
  const asked = { ...options, ...(standsAt !== undefined && { standsAt }) };
  const checked = bounds ? await withinBounds(session, bounds, asked) : await definitionOf(session, asked);
  const { plan, text, file } = checked;
  // What a program writes itself is its own word; a file may be a stranger's, and so is who calls without the scope for commands.
  if (file !== null || bounds?.bringsCommands === false) await checkTrusted(plan, options);
  else if (bounds) (await import('../config/trusted-servers.ts')).checkServers(plan);
  if (session.startsWorkers && bounds?.startsRuns !== false) {
    checkFolders(plan);
    if (file !== null)
      await checkChosenWorkspaces({ plan, text }, { cwd, file, isGiven: options.workspace !== undefined });
  }
  return options.mostUsd === undefined ? checked : { ...checked, plan: withMostUsd(plan, options.mostUsd) };
}

/** What is to run; `standsAt`: the file that a text is of or will be. */
type AskedDefinition = StartOptions & { standsAt?: string };

/** Nothing of a folder that the definition itself names is read before it is known that its caller may name it. */
async function withinBounds(
  session: Session,
  bounds: CallerBounds,
  options: AskedDefinition,
): Promise<LoadedDefinition> {
  const { cwd, startsWorkers } = session;
  const { standsAt: place } = options;
  checkAsked(bounds, cwd, place === undefined ? options : { ...options, file: place }, await foldersOfTemplates(cwd));
  const unread = await definitionOf({ ...session, startsWorkers: false }, options);
  await checkWritten({ bounds, cwd }, options, unread);
  // Whoever starts nothing is told nothing of what is in folders.
  if (!startsWorkers || !bounds.startsRuns) return unread;
  const checked = await definitionOf(session, options);
  // A file may have been written anew meanwhile.
  await checkWritten({ bounds, cwd }, options, checked);
  return checked;
}

async function foldersOfTemplates(cwd: string): Promise<string[]> {
  const { templateFolders } = await import('./start/named-template.ts');
  return templateFolders(cwd);
}

/** @throws OutOfBoundsError */
async function checkWritten(
  { bounds, cwd }: { bounds: CallerBounds; cwd: string },
  options: StartOptions,
  checked: LoadedDefinition,
): Promise<void> {
  const { plan, file, text, named } = checked;
  const isBelieved = await openBelief(bounds.folders);
  const isForeign = (each: PlanFile): boolean => !bounds.bringsCommands && !isBelieved(each);
  const isBrought = file !== null && isForeign({ file, text });
  const brought = await broughtDefinition(isBrought ? { text: text ?? '' } : options);
  checkPlanned(bounds, plan, { brought, cwd });
  const foreign = named.filter(isForeign);
  if (foreign.length === 0) return;
  const written = await Promise.all(foreign.map((each) => broughtDefinition({ text: each.text ?? '' })));
  checkNested(plan, written);
}

async function checkTrusted(plan: Plan, { text }: StartOptions): Promise<void> {
  const [{ checkScripts }, { checkServers }, { NotTrustedError }] = await Promise.all([
    import('../config/trusted-scripts.ts'),
    import('../config/trusted-servers.ts'),
    import('../config/trust-store.ts'),
  ]);
  if (text !== undefined && isScriptPlan(plan))
    throw new NotTrustedError(
      { kind: 'workflow', path: 'FILE', hash: '' },
      'The text is a script, which decides as it runs what agents are asked, and how often: save it as a file of the service, and name that.',
    );
  checkScripts(plan);
  checkServers(plan);
}

async function reuseOf(
  session: Session,
  reuse: string,
  { plan, agentsDirs, file }: Pick<LoadedDefinition, 'plan' | 'agentsDirs' | 'file'>,
): Promise<Lineage> {
  const row = await findRun(session, reuse);
  const known = [...agentsDirs, ...(file === null ? [] : [file])];
  return lookAtFiles(session, lineageOf('reuse', row), { plan, row, known });
}

/** What is to run, checked but for whether it is trusted. @throws DefinitionError with everything that is wrong */
async function definitionOf(
  { cwd, config, startsWorkers, bounds }: Pick<Session, 'cwd' | 'config' | 'startsWorkers' | 'bounds'>,
  options: AskedDefinition,
): Promise<LoadedDefinition> {
  const { file, text, definition, template, plan, task, standsAt = 'text', ...settings } = options;
  const given = Object.entries({ file, text, definition, template, plan, task }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) throw new UsageError('start: give one of file, text, definition, template, plan and task.');
  if (plan !== undefined) return asPlanned(plan, cwd, settings);
  const { inputs = {}, limits = {}, workspace, agents, tools, format, pool, tracks, patterns, ...asked } = settings;
  const { approvePlan, communicationFile } = asked;
  const written = { format, pool, tracks, patterns };
  const rest = {
    ...{ cwd, inputs, limits, models: config.models, tiers: config.tiers, providers: config.providers },
    ...{ workspace, agents, tools, approvePlan, communicationFile, ...written },
    ...{ looksForFolders: startsWorkers, ...(bounds && namedWithin(bounds)) },
    bounds: bounds ? config.definitions.others : config.definitions.own,
  };
  if (file !== undefined) return loadDefinition({ kind: 'file', file }, rest);
  if (template !== undefined) {
    const { buildDefinition } = await import('../definition/built-template.ts');
    const value = buildDefinition(template, inputs);
    const { otherInputs: _, ...built } = await loadDefinition(
      { kind: 'object', value, name: template.id },
      { ...rest, inputs: {} },
    );
    return built;
  }
  if (text !== undefined) return loadDefinition({ kind: 'text', text, file: standsAt }, rest);
  if (options.task !== undefined) return loadDefinition(describedTask(options), rest);
  return loadDefinition({ kind: 'object', value: definition!, name: basename(cwd) || 'workflow' }, rest);
}

function namedWithin(bounds: CallerBounds): Pick<DefinitionSettings, 'within' | 'mayName'> {
  return { within: bounds.startsRuns ? bounds.folders : [], mayName: (file) => isReadable(bounds, file) };
}

function asPlanned(
  plan: Plan,
  cwd: string,
  { workspace = plan.workspace, tools }: Pick<AskedDefinition, 'workspace' | 'tools'>,
): LoadedDefinition {
  const nothing = { agentsDirs: [], text: null, file: null, named: [], warnings: [] };
  return { ...nothing, plan: { ...plan, workspace: resolve(cwd, workspace) }, tools: namedModules(cwd, tools) };
}
