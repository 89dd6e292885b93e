import type { ChildProcess, SpawnOptions, StdioOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Starts a program whose errors never end this process: whoever wants to know of them listens, and everybody else need not. Of this
 * process's descriptors it gets those of `stdio` and no others.
 *
 * @throws the operating system's error when this process has no descriptors left for its pipes; whatever else keeps it from being started
 * comes as its `error`
 */
export function spawnChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, stdio: withoutInherited(options.stdio) });
  child.on('error', () => undefined);
  // Then there are no streams to listen to either, whatever the types say.
  const streams = child.stdio as ChildProcess['stdio'] | undefined;
  if (!streams) throw Object.assign(new Error(`${command} cannot be started: EMFILE`), { code: 'EMFILE' });
  for (const stream of streams) stream?.on('error', () => undefined);
  return child;
}

/** What lies over the descriptors that whoever started this process left open. */
let nothing: number | undefined;

/*
 * A folder that a shell had open when it started us leads out of every sandbox, and what is not Node's own goes to every child. A
 * descriptor that is "ignored" stays what it is, unless it is one of the first three.
 */
function withoutInherited(stdio: StdioOptions = 'pipe'): StdioOptions {
  if (inherited.length === 0) return stdio;
  nothing ??= openSync('/dev/null', 'r+');
  const all = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
  for (const descriptor of inherited) {
    while (all.length <= descriptor) all.push('ignore');
    if (all[descriptor] === 'ignore') all[descriptor] = nothing;
  }
  return all;
}

const closedByStarting = 0o2000000;

/** Descriptors above the first three that this process was given and that its children would get. */
const inherited = process.platform === 'linux' ? descriptorsIn('/proc/self/fd').filter(isPassedOn) : [];

function descriptorsIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number);
  } catch {
    return [];
  }
}

function isPassedOn(descriptor: number): boolean {
  if (descriptor <= 2) return false;
  try {
    const [, flags = ''] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return (parseInt(flags, 8) & closedByStarting) === 0;
  } catch {
    return false;
  }
}
