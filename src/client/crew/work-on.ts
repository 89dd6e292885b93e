import { providerNames } from '../../domain/money/model-table.ts';
import type { RunRow } from '../../store/store.ts';
import { checkToolsAgain } from './own-tools.ts';
import { checkScriptAgain } from './script-beside.ts';
import { openSessionModel, startCrew } from './local-crew.ts';
import type { RunningModel } from './model.ts';
import { orUnreachable } from '../connection/or-unreachable.ts';
import type { Session } from '../connection/session.ts';
import { findLocalWorker } from './worker-files.ts';

/** Whether nobody of this home works on a run, and nobody elsewhere is meant to. */
async function isParked(
  { config, home }: Pick<Session, 'config' | 'home'>,
  { launch }: Pick<RunRow, 'launch'>,
): Promise<boolean> {
  if (launch === null || (await findLocalWorker(home, launch.taskQueue))) return false;
  const isSharedQueue = launch.taskQueue === config.taskQueue;
  return !(config.temporal.isGiven && isSharedQueue);
}

/** Starts a worker for the run as it was launched, unless one is there or the stack is elsewhere and has its own. */
export async function workOn(
  session: Session,
  row: Pick<RunRow, 'runId' | 'launch' | 'workspace' | 'startedAt'>,
): Promise<Promise<never>[]> {
  const { launch } = row;
  if (launch === null || !(await isParked(session, row))) return [];
  session.say(`Going on with ${row.runId}, started ${row.startedAt}`);
  await checkScriptAgain(launch.script);
  await checkToolsAgain(launch.tools);
  const model = await openSessionModel(session, launch);
  const settings = { role: 'run', launch, model, workspace: row.workspace, workflowsDirs: [] } as const;
  return (await startCrew(session, { ...settings, agentsDirs: [] })).failed;
}

/** The same for a run that no worker has opened yet, because whoever started it died in that moment. */
export async function workOnUnopened(session: Session, runId: string): Promise<Promise<never>[]> {
  if (await session.store.runs.find(runId)) return [];
  const [{ client, target }, { findUnopened }] = await Promise.all([
    session.connect(),
    import('../follow/started-run.ts'),
  ]);
  const unopened = await orUnreachable(target, () => findUnopened(client, runId));
  return unopened ? workOn(session, unopened) : [];
}

/**
 * Sees to it that a parked run can answer: with a worker that takes no step of it.
 *
 * @returns whether the run was parked, and so goes on only with `gaffer watch`
 */
export async function attend(session: Session, row: RunRow): Promise<boolean> {
  const { launch, workspace } = row;
  if (launch === null || !(await isParked(session, row))) return false;
  const settings = { role: 'run', launch, model: nobody(launch), workspace, workflowsDirs: [] } as const;
  const key = `control ${launch.taskQueue}`;
  const crew =
    session.crews.get(key) ?? startCrew(session, { ...settings, agentsDirs: [], controlOnly: true, isQuiet: true });
  session.crews.set(key, crew);
  crew.catch(() => session.crews.delete(key));
  await crew;
  return true;
}

const nowhere = { apiKey: 'none', baseURL: 'http://127.0.0.1:9' };

/** A model that answers nothing, so that nothing is paid for. */
function nobody(launch: NonNullable<RunRow['launch']>): RunningModel {
  return {
    settings: { kind: launch.model, accounts: Object.fromEntries(providerNames.map((name) => [name, nowhere])) },
    url: null,
    script: launch.script,
    port: launch.scriptPort,
    isNobody: true,
    close: () => Promise.resolve(),
  };
}

/**
 * A parked run needs a worker to end. That worker's model answers nothing, so nothing more is paid for, unless an agent is what
 * undoes a task: then it is the run's own.
 */
export async function helpItEnd(session: Session, row: RunRow): Promise<void> {
  const { launch } = row;
  if (launch === null || !(await isParked(session, row))) return;
  const plan = await session.store.runs.plan(row.planHash);
  if (plan.tasks.some((task) => task.compensate?.kind === 'prompt')) {
    void (await workOn(session, row));
    return;
  }
  await checkToolsAgain(launch.tools);
  // What undoes a task may run a shell: only as it was allowed when the run began.
  const settings = {
    role: 'run',
    launch,
    model: nobody(launch),
    workspace: row.workspace,
    workflowsDirs: [],
  } as const;
  await startCrew(session, { ...settings, agentsDirs: [], isQuiet: true });
}
