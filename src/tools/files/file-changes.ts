import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, rename, unlink } from 'node:fs/promises';
import type { FilePlace } from './file-place.ts';
import { openPath } from './file-place.ts';
import { JailError, openFile, openFolder } from '../../host/jail/open-folder.ts';
import type { Folder } from '../../host/jail/open-folder.ts';

/** Biggest file that can be edited, in bytes. */
const maxEditBytes = 2 * 1024 * 1024;
const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants;

/** What a file was when it was read: a write that relies on it is refused when it is another one by then. */
interface Version {
  inode: number;
  size: number;
  modifiedMs: number;
  mode: number;
}

/** Writes a whole file, made with its folders if need be; readers see the old content or the new, never half. */
export async function writeWhole(
  place: FilePlace,
  file: string,
  content: string | Uint8Array,
): Promise<{ bytes: number; isNew: boolean }> {
  const { folder, name } = await openParent(place, file);
  try {
    const before = await versionOf(folder, name);
    await replaceFile(folder, name, content, before?.mode);
    return { bytes: Buffer.byteLength(content), isNew: before === undefined };
  } finally {
    await folder.handle.close();
  }
}

/**
 * Replaces the one place where `oldText` stands. A file whose lines end with CRLF keeps that, as models write `\n`.
 *
 * @throws JailError when it stands nowhere or more than once, or when the file changed meanwhile
 */
export async function editOnce(
  place: FilePlace,
  file: string,
  oldText: string,
  newText: string,
): Promise<{ line: number }> {
  const { folder, name } = await openParent(place, file);
  try {
    const { text, version } = await readForEdit(folder, name);
    const [wanted, replacement] = inLineEndsOf(text, oldText, newText);
    const at = findOnce(text, wanted);
    const now = await versionOf(folder, name);
    if (!now || now.inode !== version.inode || now.size !== version.size || now.modifiedMs !== version.modifiedMs) {
      throw new JailError('changed', `${JSON.stringify(name)} was changed meanwhile: read it again`);
    }
    await replaceFile(folder, name, text.slice(0, at) + replacement + text.slice(at + wanted.length), version.mode);
    return { line: text.slice(0, at).split('\n').length };
  } finally {
    await folder.handle.close();
  }
}

async function openParent(place: FilePlace, file: string): Promise<{ folder: Folder; name: string }> {
  const { root, parts, missing } = await openPath(place, file);
  const name = parts.at(-1);
  if (name === undefined) throw new JailError('wrong-type', 'the workspace itself is a folder: name a file in it');
  const folder = await makeFolders(root, parts.slice(0, -1), parts.length - Math.max(missing, 1));
  return { folder, name };
}

/** Opens a folder of a workspace; what is not there of it behind the first `known` steps is made. */
export async function makeFolders(root: string, parents: readonly string[], known: number): Promise<Folder> {
  let depth = known;
  let folder = await openFolder(root, parents.slice(0, depth));
  for (; depth < parents.length; depth++) {
    const made = parents[depth]!;
    try {
      await mkdir(folder.at(made)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw failed(`the folder ${JSON.stringify(made)} cannot be made`, error);
      });
    } finally {
      await folder.handle.close();
    }
    folder = await openFolder(root, parents.slice(0, depth + 1));
  }
  return folder;
}

async function versionOf(folder: Folder, name: string): Promise<Version | undefined> {
  try {
    const handle = await openFile(folder, name, O_RDONLY);
    try {
      return toVersion(await handle.stat());
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof JailError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

function toVersion(stat: { ino: number; size: number; mtimeMs: number; mode: number }): Version {
  return { inode: stat.ino, size: stat.size, modifiedMs: stat.mtimeMs, mode: stat.mode & 0o777 };
}

/** Puts a file in the place of what has its name: whoever reads it sees the one or the other. */
export async function replaceFile(
  folder: Folder,
  name: string,
  content: string | Uint8Array,
  mode = 0o666,
): Promise<void> {
  const temporary = `.gaffer-write-${randomUUID()}`;
  const handle = await openFile(folder, temporary, O_WRONLY | O_CREAT | O_EXCL, mode).catch((error: unknown) => {
    throw failed(`${JSON.stringify(name)} cannot be written`, error);
  });
  try {
    try {
      await handle.writeFile(content);
      if (mode !== 0o666) await handle.chmod(mode);
    } finally {
      await handle.close();
    }
    await rename(folder.at(temporary), folder.at(name));
  } catch (error) {
    await unlink(folder.at(temporary)).catch(() => undefined);
    throw failed(`${JSON.stringify(name)} cannot be written`, error);
  }
}

function failed(what: string, error: unknown): JailError {
  if (error instanceof JailError && error.kind !== 'not-found') return error;
  const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new JailError('not-found', `${what} (${code})`);
}

async function readForEdit(folder: Folder, name: string): Promise<{ text: string; version: Version }> {
  const handle = await openFile(folder, name, O_RDONLY);
  try {
    const stat = await handle.stat();
    if (stat.size > maxEditBytes)
      throw new JailError('wrong-type', `the file is bigger than 2 MB: it cannot be edited`);
    const bytes = await handle.readFile();
    const text = bytes.toString('utf8');
    if (bytes.includes(0) || !Buffer.from(text, 'utf8').equals(bytes)) {
      throw new JailError('wrong-type', 'the file is not UTF-8 text: it cannot be edited');
    }
    return { text, version: toVersion(stat) };
  } finally {
    await handle.close();
  }
}

// Of a file that has both, the place itself decides: as it is written, else with the other end.
function inLineEndsOf(text: string, oldText: string, newText: string): [string, string] {
  const withCrlf = (value: string): string => value.replaceAll(/\r?\n/g, '\r\n');
  const withLf = (value: string): string => value.replaceAll('\r\n', '\n');
  const hasCrlf = text.includes('\r\n');
  const hasLf = /(?<!\r)\n/.test(text);
  if (hasCrlf && !hasLf) return [withCrlf(oldText), withCrlf(newText)];
  if (text.includes(oldText)) return [oldText, newText];
  if (hasCrlf && text.includes(withCrlf(oldText))) return [withCrlf(oldText), withCrlf(newText)];
  return text.includes(withLf(oldText)) ? [withLf(oldText), withLf(newText)] : [oldText, newText];
}

function findOnce(text: string, wanted: string): number {
  const first = text.indexOf(wanted);
  if (first === -1) throw new JailError('not-found', `old_string does not stand in the file. ${whyNot(text, wanted)}`);
  if (text.indexOf(wanted, first + 1) === -1) return first;
  const lines: number[] = [];
  for (let at = first, line = 1, from = 0; at !== -1 && lines.length < 10; at = text.indexOf(wanted, at + 1)) {
    line += text.slice(from, at).split('\n').length - 1;
    from = at;
    lines.push(line);
  }
  const count = text.split(wanted).length - 1;
  const times = count > 1 ? `${count} times` : 'more than once';
  throw new JailError(
    'changed',
    `old_string stands ${times} in the file (lines ${lines.join(', ')}): take in more of what stands around it`,
  );
}

function whyNot(text: string, wanted: string): string {
  const squeeze = (value: string) => value.replace(/\s+/g, ' ').trim();
  if (squeeze(wanted) !== '' && squeeze(text).includes(squeeze(wanted)))
    return 'It does with other spaces, tabs or line breaks: read the file and copy exactly.';
  const firstLine = wanted
    .split('\n')
    .find((line) => line.trim() !== '')
    ?.trim();
  const line = firstLine === undefined ? -1 : text.split('\n').findIndex((candidate) => candidate.includes(firstLine));
  if (line !== -1)
    return `Its first line stands on line ${line + 1}, but what follows differs: read the file and copy exactly.`;
  return 'Read the file and copy exactly.';
}
