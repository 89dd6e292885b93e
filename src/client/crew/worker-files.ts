import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import type { LaunchInfo } from '../../domain/run/launch.ts';
import type { AccountsPrint } from './accounts-print.ts';

/*
 * Every worker that a command of this home runs is noted in HOME/workers/PID.json, so that the next command knows
 * whether somebody works on a run already. Temporal's own list of pollers would not do: it names a killed worker
 * for minutes. A note counts only while the very same process lives, as far as can be seen: one of another container is left to it.
 */

/** A worker of this home. `dev` is the one that `gaffer down` stops. */
export interface LocalWorker {
  process: ProcessIdentity;
  role: 'dev' | 'run' | 'worker';
  launch: LaunchInfo;
  /** Whom it asks models as; left out: nobody, a scripted one, or it is of an earlier version. */
  accounts?: AccountsPrint;
  /** Ids of the keys with which it opens payloads; left out: none, or it is of an earlier version. */
  payloadKeys?: string[];
}

/** Notes that this process works for a launch. @returns what takes the note away */
export async function noteWorker(
  home: string,
  role: LocalWorker['role'],
  launch: LaunchInfo,
  has: Pick<LocalWorker, 'accounts' | 'payloadKeys'> = {},
): Promise<() => void> {
  const [{ identify }, { undoneAtExit }] = await Promise.all([
    import('../../host/process-identity.ts'),
    import('../../host/exit/undone-at-exit.ts'),
  ]);
  const folder = await folderOf(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = freeFile(folder);
  const note: LocalWorker = { process: identify(process.pid)!, role, launch, ...has };
  writeFileSync(file, JSON.stringify(note), { mode: 0o600 });
  const remove = (): void => rmSync(file, { force: true });
  const inOrder = undoneAtExit(remove);
  return () => {
    inOrder();
    remove();
  };
}

function freeFile(folder: string): string {
  for (let count = 1; ; count++) {
    const file = join(folder, `${process.pid}${count === 1 ? '' : `-${count}`}.json`);
    if (!existsSync(file)) return file;
  }
}

/** The workers of this home that are alive; notes of dead ones are swept away. */
export async function localWorkers(home: string): Promise<LocalWorker[]> {
  const { standingOf } = await import('../../host/process-identity.ts');
  const folder = await folderOf(home);
  const alive: LocalWorker[] = [];
  for (const name of namesIn(folder)) {
    const note = readNote(join(folder, name));
    const standing = note ? standingOf(note.process) : 'dead';
    if (note && standing === 'alive') alive.push(note);
    if (standing === 'dead') rmSync(join(folder, name), { force: true });
  }
  return alive;
}

/** A living worker of this home on that task queue. */
export async function findLocalWorker(home: string, taskQueue: string): Promise<LocalWorker | undefined> {
  return (await localWorkers(home)).find((worker) => worker.launch.taskQueue === taskQueue);
}

async function folderOf(home: string): Promise<string> {
  const { checkLinks } = await import('../../config/home-mark.ts');
  checkLinks(home);
  return join(home, 'workers');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+(-\d+)?\.json$/.test(name));
  } catch {
    return [];
  }
}

function readNote(file: string): LocalWorker | undefined {
  try {
    const note = JSON.parse(readFileSync(file, 'utf8')) as LocalWorker;
    return Number.isInteger(note.process?.pid) && typeof note.launch?.taskQueue === 'string' ? note : undefined;
  } catch {
    return undefined;
  }
}
