import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { AccountsPrint } from './accounts-print.ts';
import { livingNotes, writeNote, type ProcessNote } from './process-notes.ts';

/*
 * Every worker that a command of this home runs is noted, so that the next command knows whether somebody works on a run already. Temporal's
 * own list of pollers would not do: it names a killed worker for minutes.
 */

/** A worker of this home. `dev` is the one that `gaffer down` stops. */
export interface LocalWorker extends ProcessNote {
  role: 'dev' | 'run' | 'worker';
  launch: LaunchInfo;
  /** Whom it asks models as; left out: nobody, a scripted one, or it is of an earlier version. */
  accounts?: AccountsPrint;
  /** Ids of the keys with which it opens payloads; left out: none, or it is of an earlier version. */
  payloadKeys?: string[];
}

/** Notes that this process works for a launch. @returns what takes the note away */
export function noteWorker(
  home: string,
  role: LocalWorker['role'],
  launch: LaunchInfo,
  has: Pick<LocalWorker, 'accounts' | 'payloadKeys'> = {},
): Promise<() => void> {
  return writeNote(home, 'workers', { role, launch, ...has });
}

/** The workers of this home that are alive; notes of dead ones are swept away. */
export function localWorkers(home: string): Promise<LocalWorker[]> {
  return livingNotes<LocalWorker>(home, 'workers', ({ launch }) => typeof launch?.taskQueue === 'string');
}

/** A living worker of this home on that task queue. */
export async function findLocalWorker(home: string, taskQueue: string): Promise<LocalWorker | undefined> {
  return (await localWorkers(home)).find((worker) => worker.launch.taskQueue === taskQueue);
}
