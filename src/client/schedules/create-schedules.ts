import { ScheduleAlreadyRunning, ScheduleNotFoundError as NotThere } from '@temporalio/client';
import type {
  Client,
  ScheduleDescription,
  ScheduleHandle,
  ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import type { Priority, Workflow } from '@temporalio/common';
import type { OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import { UsageError } from '../../domain/errors.ts';
import { inTenant, isOf, localId } from '../../domain/ids/tenant.ts';
import { workflowTaskTimeout } from '../../domain/run/standstill.ts';
import { toRunPriority } from '../../domain/run-priority.ts';
import { askTemporal } from '../connection/ask-temporal.ts';
import type { Session } from '../connection/session.ts';
import type { TemporalConnection } from '../connection/temporal-connection.ts';
import { ScheduleNotFoundError } from '../errors.ts';
import { lastingCrew, type LaunchSettings } from '../start/launch.ts';
import { newOwnId } from '../start/own-id.ts';
import { shownOf, toTurn } from '../start/start-workflow.ts';
import { checkTiming, overlaps } from './schedule-timing.ts';
import { triggerSchedule } from './trigger-schedule.ts';
import type { Overlap, ScheduleEntry, ScheduleTiming, Schedules } from './schedules.ts';

/** What a schedule starts, checked. */
export interface CheckedSchedule {
  name: string;
  timing: ScheduleTiming;
  settings: Pick<LaunchSettings, 'plan' | 'board' | 'labels' | 'priority' | 'unsandboxedShell' | 'tools'>;
}

/** Names of schedules are the beginnings of the ids of their runs. */
const longestName = 70;
const mostShown = 10;
/** Temporal takes an empty note for no pause. */
const noNote = 'paused';

/** Schedules of a session, but for checking what they are to start. */
export function createSchedules(
  session: Session,
): Omit<Schedules, 'add'> & { add(schedule: CheckedSchedule): Promise<ScheduleEntry> } {
  const about = <Result>(name: string, work: (handle: ScheduleHandle) => Promise<Result>) =>
    askAbout(session, name, work);
  const find = (name: string): Promise<ScheduleEntry> =>
    about(name, async (handle) => {
      const found = await handle.describe();
      if (!isOurs(found)) throw await notFound(session, name);
      return toEntry(found);
    });
  const change = async (name: string, work: (handle: ScheduleHandle) => Promise<unknown>): Promise<void> => {
    await find(name);
    await about(name, work);
  };
  const remove = async (name: string): Promise<void> => {
    await change(name, (handle) => handle.delete());
    await session.store.runs.releasePlan(keptAs(wholeName(session, name)));
  };
  return {
    async add(schedule) {
      await addSchedule(session, schedule);
      const entry = await find(schedule.name);
      if (entry.paused || entry.next.length > 0) return entry;
      await remove(entry.name);
      throw new UsageError(`cron "${entry.cron}" never fires: there is no such time.`);
    },
    list: () => listSchedules(session),
    find,
    pause: (name, note = '') => change(name, (handle) => handle.pause(note || noNote)),
    resume: (name, note = '') => change(name, (handle) => handle.unpause(note || 'goes on')),
    trigger: async (name) => triggerInTurn(session, await find(name)),
    remove,
  };
}

/** @throws ScheduleNotFoundError when there is none of that name */
async function askAbout<Result>(
  session: Session,
  name: string,
  work: (handle: ScheduleHandle, client: Client) => Promise<Result>,
): Promise<Result> {
  const whole = wholeName(session, name);
  // Temporal would tell of anybody's.
  if (!isOf(session.tenant, whole)) throw await notFound(session, name);
  const asked = askTemporal(session, ({ client }) => work(client.schedule.getHandle(whole), client));
  return asked.catch(async (error: unknown) => {
    throw error instanceof NotThere ? await notFound(session, name) : error;
  });
}

function triggerInTurn(session: Session, { name }: ScheduleEntry): Promise<string> {
  const start = () => askAbout(session, name, (_handle, client) => triggerSchedule(client, name, session.once));
  return session.store.runs.inTurn(keptAs(name), start);
}

/** What a schedule is called in Temporal that somebody names. @throws UsageError when nothing can be called so */
function wholeName({ tenant }: Session, name: string): string {
  const whole = inTenant(tenant, String(name));
  checkName(localId(whole), name);
  return whole;
}

async function addSchedule(session: Session, schedule: CheckedSchedule): Promise<void> {
  const { timing, settings } = schedule;
  const name = newOwnId(session, checkName(schedule.name));
  const { cron, timeZone, overlap, catchUpMs, jitterMs, paused } = checkTiming(timing);
  const { plan, board, priority, labels } = settings;
  const once = session.once?.id;
  const { launch, taskQueue } = await lastingCrew(session, settings);
  const isThere = await askTemporal(session, ({ client }) => exists(client.schedule.getHandle(name)));
  if (isThere && (await isMadeBefore(session, name))) return;
  if (isThere) throw taken(schedule.name);
  const hash = await session.store.runs.keepPlan(keptAs(name), plan, null);
  const input: OrchestrateInput = {
    ...{ plan: hash, schedule: name, ...(board && { board }), ...(launch && { launch }), ...(labels && { labels }) },
  };
  // The SDK hands a priority of the action on, its types leave it out (1.24).
  const action: ScheduleOptionsStartWorkflowAction<Workflow> & { priority: Priority } = {
    ...{ type: 'startWorkflow' as const, workflowType: 'orchestrate', workflowId: name, taskQueue, args: [input] },
    workflowTaskTimeout,
    priority: toTurn(name, priority),
    ...shownOf(plan),
    memo: { name: plan.name, workspace: plan.workspace, plan: hash, schedule: name },
  };
  await askTemporal(session, ({ client }) =>
    client.schedule.create({
      ...{ scheduleId: name, action },
      spec: { cronExpressions: [cron], timezone: timeZone, jitter: jitterMs },
      policies: { overlap: overlaps[overlap], catchupWindow: catchUpMs },
      state: { paused },
      memo: { name: plan.name, workspace: plan.workspace, cron, timeZone, ...(once && { once }) },
    }),
  ).catch(async (error: unknown) => {
    if (error instanceof ScheduleAlreadyRunning) throw taken(schedule.name);
    // The SDK reads the fields, too. Of anything else nobody knows whether the schedule is there now, so its plan stays.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    await session.store.runs.releasePlan(keptAs(name));
    throw new UsageError(`cron "${cron}" cannot be meant: ${error.message}.`);
  });
}

/** Whether an earlier attempt of the same request made it. */
async function isMadeBefore(session: Session, name: string): Promise<boolean> {
  const { once } = session;
  if (!once) return false;
  const { memo } = await askTemporal(session, ({ client }) => client.schedule.getHandle(name).describe());
  return memo?.['once'] === once.id;
}

async function notFound(session: Session, name: string): Promise<ScheduleNotFoundError> {
  const { nearest } = await import('../../domain/nearest.ts');
  const known = (await listSchedules(session)).map((each) => each.name);
  const meant = nearest(name, session.tenant === null ? known : known.map(localId));
  return new ScheduleNotFoundError(name, meant === null ? '' : `Did you mean ${meant}?`);
}

function taken(name: string): UsageError {
  return new UsageError(
    `there is already a schedule ${name}: \`gaffer schedule rm ${name}\` removes it, or choose another name.`,
  );
}

function exists(handle: ScheduleHandle): Promise<boolean> {
  return handle.describe().then(
    () => true,
    (error: unknown) => {
      if (error instanceof NotThere) return false;
      throw error;
    },
  );
}

function listSchedules(session: Session): Promise<ScheduleEntry[]> {
  return askTemporal(session, (connection) => schedulesOf(connection, session.tenant));
}

async function schedulesOf({ client }: TemporalConnection, tenant: string | null): Promise<ScheduleEntry[]> {
  const names: string[] = [];
  for await (const { scheduleId, action } of client.schedule.list())
    if (action?.workflowType === 'orchestrate' && isOf(tenant, scheduleId)) names.push(scheduleId);
  const found = await Promise.all(
    names.toSorted().map((name) =>
      client.schedule
        .getHandle(name)
        .describe()
        .catch((error: unknown) => {
          // Somebody may have removed it meanwhile.
          if (error instanceof NotThere) return null;
          throw error;
        }),
    ),
  );
  return found.flatMap((each) => (each && isOurs(each) ? [toEntry(each)] : []));
}

// Anybody may have schedules there, also of our workflow; those that `gaffer` made say when in their memo.
function isOurs({ memo, action }: ScheduleDescription): boolean {
  return action.workflowType === 'orchestrate' && typeof memo?.['cron'] === 'string';
}

function toEntry({ scheduleId, spec, policies, state, info, memo = {}, action }: ScheduleDescription): ScheduleEntry {
  const text = (key: string): string => (typeof memo[key] === 'string' ? memo[key] : '');
  const word = Object.entries(overlaps).find(([, each]) => each === policies.overlap)?.[0] ?? 'skip';
  return {
    ...{ name: scheduleId, workflow: text('name'), workspace: text('workspace') },
    ...{ cron: text('cron'), timeZone: text('timeZone'), overlap: word as Overlap },
    ...{ catchUpMs: policies.catchupWindow, jitterMs: spec.jitter ?? 0 },
    ...{
      priority: toRunPriority(action.priority?.priorityKey),
      paused: state.paused,
      note: state.note === noNote ? '' : (state.note ?? ''),
    },
    next: state.paused ? [] : info.nextActionTimes.slice(0, mostShown).map((time) => time.toISOString()),
    recent: info.recentActions
      .map(({ action: { workflow }, takenAt }) => ({ run: workflow.workflowId, at: takenAt.toISOString() }))
      .reverse()
      .slice(0, mostShown),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    counts: {
      ...{ started: info.numActionsTaken, missed: info.numActionsMissedCatchupWindow },
      skipped: info.numActionsSkippedOverlap,
    },
  };
}

function keptAs(name: string): string {
  return `schedule/${name}`;
}

/** @param given as somebody wrote it. @throws UsageError when nothing can be called so */
function checkName(name: string, given: string = name): string {
  if (typeof name === 'string' && name.length <= longestName && /^[A-Za-z0-9][\w.-]*$/.test(name)) return name;
  throw new UsageError(
    `a schedule cannot be called "${String(given).slice(0, 100)}": 1 to ${longestName} letters, digits, dots, hyphens and underscores, the first a letter or digit.`,
  );
}
