import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';

/**
 * Starts a program whose errors never end this process: whoever wants to know of them listens, and everybody else need not.
 *
 * @throws the operating system's error when this process has no descriptors left for its pipes; whatever else keeps it from being started
 * comes as its `error`
 */
export function spawnChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  child.on('error', () => undefined);
  // Then there are no streams to listen to either, whatever the types say.
  const streams = child.stdio as ChildProcess['stdio'] | undefined;
  if (!streams) throw Object.assign(new Error(`${command} cannot be started: EMFILE`), { code: 'EMFILE' });
  for (const stream of streams) stream?.on('error', () => undefined);
  return child;
}
