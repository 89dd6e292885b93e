import type { RunHandle } from '../../client/follow/run-handle.ts';
import { providerNames } from '../../domain/money/model-table.ts';
import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import { sayTo, type CommandContext } from '../base/context.ts';
import { openSessionModel, startCrew } from './local-crew.ts';
import { UsageError } from '../../domain/errors.ts';
import { findStartedRun, refuseCutOff } from './find-run.ts';
import type { RunningModel } from './model.ts';
import { openSession, orUnreachable, type Session } from './session.ts';
import { findLocalWorker } from './worker-files.ts';

/** Whether nobody of this home works on a run, and nobody elsewhere is meant to. */
export async function isParked(
  { config }: CommandContext,
  home: string,
  { launch }: Pick<RunRow, 'launch'>,
): Promise<boolean> {
  if (launch === null || (await findLocalWorker(home, launch.taskQueue))) return false;
  const isSharedQueue = launch.taskQueue === config.taskQueue;
  return !(config.temporal.isGiven && isSharedQueue);
}

/** Starts a worker for the run as it was launched, unless one is there or the stack is elsewhere and has its own. */
export async function workOn(
  context: CommandContext,
  session: Session,
  row: Pick<RunRow, 'runId' | 'launch' | 'workspace' | 'startedAt'>,
): Promise<Promise<never>[]> {
  const { launch } = row;
  if (launch === null || !(await isParked(context, session.home, row))) return [];
  const say = sayTo(context.terminal);
  say(`Going on with ${row.runId}, started ${row.startedAt}`);
  const model = await openSessionModel(context, session, launch, say);
  const settings = { role: 'run', launch, model, workspace: row.workspace, workflowsDir: null } as const;
  return (await startCrew(session, { ...settings, agentsDirs: [], say })).failed;
}

/** The same for a run that no worker has opened yet, because whoever started it died in that moment. */
export async function workOnUnopened(
  context: CommandContext,
  session: Session,
  runId: string,
): Promise<Promise<never>[]> {
  if (await session.store.runs.find(runId)) return [];
  const client = await session.connect(context.config.taskQueue);
  const unopened = await orUnreachable(session.temporal, () => client.unopened(runId));
  return unopened ? workOn(context, session, unopened) : [];
}

/**
 * Sees to it that a parked run can answer: with a worker that takes no step of it.
 *
 * @returns whether the run was parked, and so goes on only with `gaffer watch`
 */
async function attend(context: CommandContext, session: Session, row: RunRow): Promise<boolean> {
  const { launch } = row;
  if (launch === null || !(await isParked(context, session.home, row))) return false;
  const model = nobody(launch);
  const settings = { role: 'run', launch, model, workspace: row.workspace, workflowsDir: null } as const;
  await startCrew(session, { ...settings, agentsDirs: [], controlOnly: true, say: () => undefined });
  return true;
}

const nowhere = { apiKey: 'none', baseURL: 'http://127.0.0.1:9' };

/** A model that answers nothing, so that nothing is paid for. */
export function nobody(launch: NonNullable<RunRow['launch']>): RunningModel {
  return {
    settings: { kind: launch.model, accounts: Object.fromEntries(providerNames.map((name) => [name, nowhere])) },
    url: null,
    script: launch.script,
    port: launch.scriptPort,
    close: () => Promise.resolve(),
  };
}

/** A run that lives and can be asked. */
export interface LiveRun {
  session: Session;
  row: RunRow;
  handle: RunHandle;
  /** Whether nobody works on it but this command. */
  isParked: boolean;
}

/**
 * Asks a run that lives for something: starts what is missing for that, and nothing that costs money.
 *
 * @throws UsageError when there is no such run, or it has ended, in whatever way
 */
export async function withLiveRun<Result>(
  context: CommandContext,
  runId: string,
  work: (run: LiveRun) => Promise<Result>,
): Promise<Result> {
  const say = sayTo(context.terminal);
  // Of a stack that runs there is nothing to say.
  const sayStarted = (line: string, isFound = false): void => (isFound ? undefined : say(line));
  const session = await openSession(context, { say: sayStarted, yes: false, whenAbsent: 'start' });
  try {
    const row = await findStartedRun(session, context.config.taskQueue, runId);
    if (hasEnded(row.status)) {
      throw new UsageError(
        `run ${row.runId} has ended (${row.status}): \`gaffer retry ${row.runId}\` goes on with a new run, \`gaffer fork ${row.runId} --from TASK\` with a changed one.`,
      );
    }
    await refuseCutOff(session, context.config.taskQueue, row).catch((error: Error) => {
      throw error.name === 'RunCutOffError' ? new UsageError(error.message, { cause: error }) : error;
    });
    return await askRun(context, { session, row }, work);
  } finally {
    await session.close();
  }
}

/** Asks a run that has not ended for something, in a session that is open. See {@link withLiveRun}. */
export async function askRun<Result>(
  context: CommandContext,
  { session, row }: Pick<LiveRun, 'session' | 'row'>,
  work: (run: LiveRun) => Promise<Result>,
): Promise<Result> {
  const parked = await attend(context, session, row);
  const client = await session.connect(context.config.taskQueue);
  const handle = await client.find(row.runId);
  const result = await orUnreachable(session.temporal, () => work({ session, row, handle, isParked: parked }));
  if (parked) context.terminal.err(`Nobody works on it: \`gaffer watch ${row.runId}\` goes on with it.\n`);
  return result;
}
