import { readFileSync, readlinkSync, statfsSync } from 'node:fs';

/** Where a sandbox has file systems that are memory. */
const memoryFolders = ['/tmp', '/dev/shm'];
const tmpfsMagic = 0x01021994;
// What the kernel keeps of a file besides its content, and may keep in the buffers of a socket.
const inodeBytes = 1024;
const socketBytes = 256 * 1024;

/**
 * Bytes that a sandbox has in its memory file systems and sockets; 0 when none of the processes lives in one.
 *
 * The first process of the sandbox is its init, which the command can neither replace nor hide.
 */
export function sandboxMemory(pids: readonly number[]): number {
  const ours = mountsOf('self');
  const inside = [...pids].sort((a, b) => a - b).find((pid) => ![undefined, ours].includes(mountsOf(pid)));
  if (inside === undefined) return 0;
  const folders = memoryFolders.map((folder) => folderMemory(`/proc/${inside}/root${folder}`));
  return folders.reduce((sum, bytes) => sum + bytes, socketMemory(inside));
}

function mountsOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

function folderMemory(folder: string): number {
  try {
    const { type, bsize, blocks, bfree, files, ffree } = statfsSync(folder);
    return type === tmpfsMagic ? (blocks - bfree) * bsize + (files - ffree) * inodeBytes : 0;
  } catch {
    return 0;
  }
}

function socketMemory(pid: number): number {
  const [, count = '0'] = /^sockets: used (\d+)/m.exec(textOf(`/proc/${pid}/net/sockstat`)) ?? [];
  return Number(count) * socketBytes;
}

/** Bytes of memory that the processes share by mapping it without a name, each piece counted once. */
export function unnamedMemory(pids: readonly number[]): number {
  const pieces = new Map<string, number>();
  for (const pid of pids) {
    for (const [, from, to, offset, piece] of textOf(`/proc/${pid}/maps`).matchAll(unnamedMapping)) {
      const end = Number.parseInt(offset!, 16) + Number.parseInt(to!, 16) - Number.parseInt(from!, 16);
      pieces.set(piece!, Math.max(end, pieces.get(piece!) ?? 0));
    }
  }
  return [...pieces.values()].reduce((sum, bytes) => sum + bytes, 0);
}

// Device and inode name the piece.
const unnamedMapping = /^(\w+)-(\w+) ...s (\w+) (\S+ \d+) +\/dev\/zero \(deleted\)$/gm;

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
