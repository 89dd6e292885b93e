import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

/**
 * Sockets in a workspace that a program outside of the sandbox answers at, from the workspace down: a network namespace does not close
 * those that have a path. What listened in another sandbox, or is dead, is none of them.
 *
 * @param workspace a real path
 */
export function livingSockets(workspace: string): string[] {
  const named = boundPaths().map((file) => path.resolve(workspace, file));
  return [...new Set(named.flatMap((file) => socketIn(workspace, file) ?? []))];
}

// Num RefCount Protocol Flags Type St Inode Path; as the program wrote it, so maybe from its current folder on.
function boundPaths(): string[] {
  try {
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
    return lines.flatMap((line) => /^\S+: (?:\S+\s+){5}\d+ ([^@].*)$/.exec(line)?.[1] ?? []);
  } catch {
    return [];
  }
}

function socketIn(workspace: string, file: string): string | undefined {
  try {
    const own = path.join(realpathSync(path.dirname(file)), path.basename(file));
    return own.startsWith(`${workspace}/`) && lstatSync(own).isSocket() ? path.relative(workspace, own) : undefined;
  } catch {
    return undefined;
  }
}
