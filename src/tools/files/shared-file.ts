import { constants } from 'node:fs';
import { realpath, rename } from 'node:fs/promises';
import { isInside, realOf } from '../../host/key-folders.ts';
import { makeFolders, replaceFile } from './file-changes.ts';
import { JailError, openFile, openFolder } from '../../host/jail/open-folder.ts';

/** A file of a workspace that Gaffer itself keeps: `path` from there down, with `/`. No step of it may be a link. */
export interface SharedFile {
  workspace: string;
  path: string;
  /** Folders that the workspace has to lie in, links followed. */
  within?: readonly string[] | undefined;
}

/** Biggest file of that kind that is read, in bytes. */
const maxBytes = 2 * 1024 * 1024;

/**
 * What stands in it; null: it is not there.
 *
 * @throws JailError when it is no plain file of the workspace, or too big
 */
export async function readShared(file: SharedFile): Promise<string | null> {
  const { root, folders, name } = await placeOf(file);
  try {
    const folder = await openFolder(root, folders);
    try {
      const handle = await openFile(folder, name, constants.O_RDONLY);
      try {
        if ((await handle.stat()).size > maxBytes)
          throw new JailError('wrong-type', `${file.path} is bigger than 2 MB`);
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    } finally {
      await folder.handle.close();
    }
  } catch (error) {
    if (error instanceof JailError && error.kind === 'not-found') return null;
    throw error;
  }
}

/**
 * Writes the whole of it, with the folders above it; whoever reads it sees what was there before or what is there now. `keepAs`: what was there stays, under that name beside it.
 *
 * @throws JailError when a step of the path is a link, or it cannot be written
 */
export async function writeShared(file: SharedFile, text: string, keepAs?: string): Promise<void> {
  const { root, folders, name } = await placeOf(file);
  const folder = await makeFolders(root, folders, 0);
  try {
    if (keepAs !== undefined) await rename(folder.at(name), folder.at(keepAs));
    await replaceFile(folder, name, text);
  } finally {
    await folder.handle.close();
  }
}

async function placeOf({
  workspace,
  path,
  within = [],
}: SharedFile): Promise<{ root: string; folders: string[]; name: string }> {
  const root = await realpath(workspace).catch(() => {
    throw new JailError('not-found', 'the workspace folder is not there any more');
  });
  if (!within.every((folder) => isInside(root, realOf(folder))))
    throw new JailError(
      'outside',
      `the workspace folder ${workspace} leads out of that of the run around it by a link`,
    );
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw new JailError('outside', `${JSON.stringify(path)} is no path in the workspace`);
  return { root, folders: parts.slice(0, -1), name: parts.at(-1)! };
}
