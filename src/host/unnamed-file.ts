import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A descriptor of a file without a name, to be read from its beginning; for a child that inherits it. Close it afterwards. */
export function openUnnamedFile(content: Uint8Array): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'gaffer-file-'));
  try {
    const file = path.join(folder, 'content');
    writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
    return openSync(file, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
