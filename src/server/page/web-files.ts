import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** A file of the dashboard as it is sent. */
export interface WebFile {
  type: string;
  content: Uint8Array<ArrayBuffer>;
  /** The same, for whoever takes it; null: it would not be smaller. */
  zipped: Uint8Array<ArrayBuffer> | null;
  /** Its name changes with what is in it. */
  isImmutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where scripts/build.mjs puts it: the same folder for compiled code and for what runs as it is. */
const folder = fileURLToPath(new URL('../../../dist/web', import.meta.url));

/**
 * The files of the dashboard by their path in the address. All are read, and packed, once: nothing that is asked for names a file.
 *
 * @throws Error when it was not built
 */
export function readWebFiles(): ReadonlyMap<string, WebFile> {
  const found = new Map<string, WebFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll('\\', '/');
    found.set(path, toWebFile(new Uint8Array(readFileSync(file)), { type, isImmutable: path.startsWith('/assets/') }));
  }
  return found;
}

function toWebFile(content: Uint8Array<ArrayBuffer>, about: Pick<WebFile, 'type' | 'isImmutable'>): WebFile {
  const zipped = new Uint8Array(gzipSync(content, { level: 9 }));
  return { ...about, content, zipped: zipped.length < content.length ? zipped : null };
}
