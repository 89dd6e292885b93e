import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../host/process-identity.ts';

/*
 * What a process of this home does for others is noted in HOME/KIND/PID.json, so that the next command finds it. A note counts only while the
 * very same process lives, as far as can be seen: one of another container is left to it.
 */

/** What every note says. */
export interface ProcessNote {
  process: ProcessIdentity;
}

/** Folders of a home that hold such notes. */
type NoteKind = 'workers' | 'services';

/** Notes what this process does. @returns what takes the note away; the end of the process does, too */
export async function writeNote(home: string, kind: NoteKind, says: object): Promise<() => void> {
  const [{ identify }, { undoneAtExit }] = await Promise.all([
    import('../../host/process-identity.ts'),
    import('../../host/exit/undone-at-exit.ts'),
  ]);
  const folder = await folderOf(home, kind);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = freeFile(folder);
  writeFileSync(file, JSON.stringify({ process: identify(process.pid)!, ...says }), { mode: 0o600 });
  const remove = (): void => rmSync(file, { force: true });
  const inOrder = undoneAtExit(remove);
  return () => {
    inOrder();
    remove();
  };
}

/** Notes of processes that are alive; those of dead ones are swept away. @param isNote whether the rest of it can be read */
export async function livingNotes<Note extends ProcessNote>(
  home: string,
  kind: NoteKind,
  isNote: (note: Note) => boolean,
): Promise<Note[]> {
  const { standingOf } = await import('../../host/process-identity.ts');
  const folder = await folderOf(home, kind);
  const alive: Note[] = [];
  for (const name of namesIn(folder)) {
    const note = readNote(join(folder, name), isNote);
    const standing = note ? standingOf(note.process) : 'dead';
    if (note && standing === 'alive') alive.push(note);
    if (standing === 'dead') rmSync(join(folder, name), { force: true });
  }
  return alive;
}

function freeFile(folder: string): string {
  for (let count = 1; ; count++) {
    const file = join(folder, `${process.pid}${count === 1 ? '' : `-${count}`}.json`);
    if (!existsSync(file)) return file;
  }
}

async function folderOf(home: string, kind: NoteKind): Promise<string> {
  const { checkLinks } = await import('../../config/home-mark.ts');
  checkLinks(home);
  return join(home, kind);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+(-\d+)?\.json$/.test(name));
  } catch {
    return [];
  }
}

function readNote<Note extends ProcessNote>(file: string, isNote: (note: Note) => boolean): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(file, 'utf8')) as Note;
    return Number.isInteger(note.process?.pid) && isNote(note) ? note : undefined;
  } catch {
    return undefined;
  }
}
