import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A descriptor of a file without a name, to be read from its beginning; for a child that inherits it. Close it afterwards. */
export function openUnnamedFile(content: Uint8Array): number {
  return openNeverNamed(content) ?? openAndForget(content);
}

/** `O_TMPFILE` of Linux, for which Node has no name. */
const withoutName = 0o20000000 | constants.O_DIRECTORY;

// What never had a name is left by no kill. Not every file system has that.
function openNeverNamed(content: Uint8Array): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let written: number | undefined;
  try {
    written = openSync(tmpdir(), withoutName | constants.O_RDWR, 0o600);
    writeFileSync(written, content);
    // The same file once more: who inherits a descriptor reads from where it stands.
    return openSync(`/proc/self/fd/${written}`, 'r');
  } catch {
    return undefined;
  } finally {
    if (written !== undefined) closeSync(written);
  }
}

function openAndForget(content: Uint8Array): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'gaffer-file-'));
  try {
    const file = path.join(folder, 'content');
    writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
