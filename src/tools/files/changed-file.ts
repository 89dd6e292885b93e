import { constants } from 'node:fs';
import { JailError, openFile, openFolder } from '../../host/jail/open-folder.ts';
import { resolveInJail } from './workspace-jail.ts';

/** Biggest file of which a change is shown, in bytes. */
const mostBytes = 256 * 1024;

/** What a call of `filesystem` would make of a file; `before` null: there is none yet. */
export interface FileChange {
  path: string;
  before: string | null;
  after: string;
}

/**
 * What a write or an edit would change now, in the workspace, which must be here. Null: it changes nothing, or would fail.
 *
 * @param input of the tool `filesystem`
 */
export async function changedFile(
  workspace: string,
  input: Readonly<Record<string, unknown>>,
): Promise<FileChange | null> {
  const { action, path } = input;
  if (typeof path !== 'string' || (action !== 'write' && action !== 'edit')) return null;
  const before = await readWhole(workspace, path).catch((error: unknown) => {
    if (error instanceof JailError) return null;
    throw error;
  });
  if (before === null) return null;
  if (action === 'write') {
    const { content } = input;
    return typeof content === 'string' ? { path, before: before.text, after: content } : null;
  }
  const { old_string: old, new_string: replacement } = input;
  if (before.text === null || typeof old !== 'string' || typeof replacement !== 'string') return null;
  const parts = before.text.split(old);
  return parts.length === 2 ? { path, before: before.text, after: parts.join(replacement) } : null;
}

/** A text file whole; `text` null: there is none. @throws JailError also for what is no text, or too long */
async function readWhole(workspace: string, path: string): Promise<{ text: string | null }> {
  const { root, parts, missing } = await resolveInJail(workspace, path, 'write');
  const name = parts.at(-1);
  if (name === undefined) throw new JailError('wrong-type', 'the workspace itself is a folder');
  if (missing > 0) return { text: null };
  const folder = await openFolder(root, parts.slice(0, -1));
  try {
    const handle = await openFile(folder, name, constants.O_RDONLY);
    try {
      if ((await handle.stat()).size > mostBytes) throw new JailError('wrong-type', 'the file is too long');
      const bytes = await handle.readFile();
      if (bytes.includes(0)) throw new JailError('wrong-type', 'the file is not text');
      return { text: bytes.toString('utf8') };
    } finally {
      await handle.close();
    }
  } finally {
    await folder.handle.close();
  }
}
