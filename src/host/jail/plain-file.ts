import { constants } from 'node:fs';
import { openFile, openFolder } from './open-folder.ts';

/**
 * What a plain file holds; null: it is none, is longer than `mostBytes`, or cannot be read.
 *
 * For what lies where agents can write: a link would be read from elsewhere, a pipe waited for and a device read without end.
 *
 * @param root a real path
 * @param name from there down
 */
export async function readPlain(root: string, name: string, mostBytes = 1_000_000): Promise<Buffer | null> {
  const parts = name.split('/');
  const folder = await openFolder(root, parts.slice(0, -1)).catch(() => null);
  if (!folder) return null;
  try {
    const handle = await openFile(folder, parts.at(-1)!, constants.O_RDONLY);
    try {
      const { size } = await handle.stat();
      if (size > mostBytes) return null;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  } finally {
    await folder.handle.close();
  }
}
