import { hasEnded } from '../../domain/run/run-state.ts';
import type { RunRow } from '../../store/store.ts';
import type { Session } from '../connection/session.ts';
import { localWorkers } from '../crew/worker-files.ts';
import { RunNotFoundError, type RunCutOffError } from '../errors.ts';
import type { Run } from '../run.ts';
import { heldText } from './held-text.ts';
import type { Standing } from './to-run-view.ts';

/** How a run stands: what the store knows, and what Temporal says of one that has not ended, if it can be asked. */
export async function standingOf(session: Session, run: Run): Promise<Standing & { cutOff: RunCutOffError | null }> {
  const row = await session.store.runs.find(run.id);
  if (row?.runKey !== run.runKey) throw new RunNotFoundError(run.id);
  const stored = (await statusTexts(session, [row]))(row);
  const told = hasEnded(row.status) ? nothing : await askTemporal(run);
  const status = told.cutOff?.status ?? stored;
  const stuck = status === 'parked' ? null : told.stuck;
  const { store } = session;
  const [state, workspaces, held] = await Promise.all([
    store.events.state(row.runKey),
    store.runs.workspaces(row.runKey),
    // Where nobody works on it, nothing is under way that could hold something back.
    hasEnded(row.status) || status === 'parked' || told.cutOff ? null : heldText(store, row.runKey),
  ]);
  return { row, state, status, stuck, held, workspaces, cutOff: told.cutOff };
}

/** The status of runs as people see it: one whose worker in this home is gone is parked. */
export async function statusTexts(
  { home, config }: Pick<Session, 'home' | 'config'>,
  rows: readonly Pick<RunRow, 'status' | 'launch'>[],
): Promise<(row: Pick<RunRow, 'status' | 'launch'>) => string> {
  const mayBeParked = ({ status, launch }: Pick<RunRow, 'status' | 'launch'>): boolean =>
    !hasEnded(status) && config.databaseUrl === null && launch !== null;
  const queues = rows.some(mayBeParked) ? (await localWorkers(home)).map(({ launch }) => launch.taskQueue) : [];
  return (row) => (mayBeParked(row) && !queues.includes(row.launch!.taskQueue) ? 'parked' : row.status);
}

/** What Temporal says of a run: why nothing moves, and whether it was cut off. */
interface Told {
  stuck: string | null;
  cutOff: RunCutOffError | null;
}

const nothing: Told = { stuck: null, cutOff: null };

// What it cannot say is no reason to show nothing.
async function askTemporal(run: Run): Promise<Told> {
  try {
    const cutOff = await run.cutOff();
    return { cutOff, stuck: cutOff ? cutOff.message : (await run.describe()).stuck };
  } catch {
    return nothing;
  }
}
