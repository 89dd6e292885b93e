/*
 * How a command ends, and everything that it started with it:
 * S1 A watchdog process holds a pipe to us. Its end means: kill the command's process group and whatever else bears its mark.
 *    It is closed when the command is done, stopped or aborted, and by the kernel when this process dies, however it dies.
 * S2 The command waits at a gate until the watchdog knows its process group, so there is no moment without a guard.
 * S3 The mark is a variable in the environment: it finds what left the process group (a daemon). Linux only.
 * S4 A process that is just starting a program shows no environment, and one that forks and ends hands on between two looks: so
 *    several looks in a row must find nothing, and nobody starting, unless the command dies with a namespace of its own.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';
import { afterAwake } from './awake-timer.ts';
import { HeadAndTail } from './output-limit.ts';
import { startUsageWatch } from './process-usage.ts';
import { spawnChild } from './spawn-child.ts';
import { openUnnamedFile } from './unnamed-file.ts';

/** A command and what it may use. */
export interface ShellCommand {
  argv: string[];
  cwd: string;
  /** Its whole environment. */
  env: Record<string, string>;
  timeoutMs: number;
  maxProcesses: number;
  maxMemoryBytes: number;
  /** What it finds to read from descriptor {@link filterDescriptor}. */
  filter?: Uint8Array | undefined;
  /** What it finds to read from descriptor {@link argumentsDescriptor}. */
  hiddenArguments?: Uint8Array | undefined;
  /** What it finds to read from their descriptors ({@link fileDescriptorOf}). */
  files?: readonly Uint8Array[] | undefined;
  /** What it starts can outlive it: it has no process namespace that dies with it. */
  canLeave?: boolean;
  /** It writes to {@link infoDescriptor}, and what it wrote elsewhere is left to be read when it is over, however long that takes. */
  hasInfo?: boolean;
}

/** Where bubblewrap reads its system call filter from. */
export const filterDescriptor = 6;

/** Where bubblewrap reads those of its arguments from that nobody is to see in a list of processes. */
export const argumentsDescriptor = 7;

/** Where bubblewrap writes which process is the first of its namespace. */
export const infoDescriptor = 8;

/** The descriptor of each of a command's files. */
export const fileDescriptorOf = (index: number): number => infoDescriptor + 1 + index;

/** Which limit ended a command. */
export type ShellStop = 'timeout' | 'processes' | 'memory' | 'output';

/** How a command ended. `exitCode` is null when a signal did. */
export interface ShellResult {
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  stopped: ShellStop | null;
  /** Something that it started may still be at work: it came again as often as it was ended. */
  mayGoOn: boolean;
}

const keptBytes = 15_000;
const maxStreamBytes = 64 * 1024 * 1024;
const mark = 'GAFFER_SHELL';

/**
 * What a shell says before it starts a command: no core files, 2 GB a file, a bound on what its open files cost the kernel.
 *
 * Descriptors 4 and 5 are the empty files with which the sandbox covers files that hold keys.
 */
export const shellLimits = 'ulimit -c 0; ulimit -f 4194304; ulimit -n 4096 2>/dev/null || :';

const gate = `read -r _ <&3 || exit 137; exec 3<&-; ${shellLimits}; exec "$@" 4</dev/null 5</dev/null`;

// "$2": so many looks in a row that find nothing are believed; it fails when none came of so many as it takes at most. Kernel threads (of 2) and the dead are never starting.
const watchdog = `
read -r group
blank=$(grep -Lsa '' /proc/[0-9]*/cmdline)
starting() {
  now=$(grep -Lsa '' /proc/[0-9]*/cmdline)
  [ "$now" != "$blank" ] || return 1
  for file in $now; do
    read -r line 2>/dev/null <"\${file%cmdline}stat" || continue
    case $line in "2 ("* | *") "[ZXx]" "* | *") "?" 2 "*) ;; *) return 0 ;; esac
  done
  return 1
}
while read -r _; do :; done
[ -n "$group" ] && kill -KILL "-$group" 2>/dev/null
round=0 quiet=0
while [ "$round" -lt 50 ] && [ "$quiet" -lt "$2" ]; do
  round=$((round + 1)) quiet=$((quiet + 1))
  found=$(grep -lsaF "$1" /proc/[0-9]*/environ 2>/dev/null)
  for file in $found; do pid=\${file#/proc/} quiet=0; kill -KILL "\${pid%/environ}" 2>/dev/null; done
  [ "$2" -eq 1 ] || ! starting || quiet=0
done
[ "$quiet" -ge "$2" ]`;

/**
 * Runs a command until it ends, a limit ends it, or the signal aborts. Nothing that it started is left afterwards (S1).
 *
 * @throws the signal's reason when aborted; the error of the operating system when the command cannot be started
 */
export async function runShell(command: ShellCommand, signal: AbortSignal): Promise<ShellResult> {
  signal.throwIfAborted();
  const guard = startGuard(command);
  let result: Omit<ShellResult, 'mayGoOn'>;
  try {
    result = await runGuarded(command, guard, signal);
  } finally {
    guard.input.end();
    await guard.end;
  }
  return { ...result, mayGoOn: (await guard.end) !== 0 };
}

/** How a process ended: by itself, or by a signal. */
export interface ProcessExit {
  exitCode: number | null;
  exitSignal: string | null;
}

/** A command that lives on: what it reads and writes is its caller's, and so is its end. */
export interface LivingCommand {
  input: Writable;
  output: Readable;
  errors: Readable;
  /** Its process; undefined: it cannot be started. */
  pid: number | undefined;
  /** What it writes to {@link infoDescriptor}; null: it has none. */
  info: Readable | null;
  /** How its process ended; all null when it cannot be started. Never rejects, nor waits for what it wrote to be read. */
  exit: Promise<ProcessExit>;
  /** Which limit ended it, or why it cannot be started; null: it ended by itself, or `stop` ended it. Never rejects. */
  ended: Promise<ShellStop | Error | null>;
  /** Ends it and all that it started. */
  stop(): void;
}

/** Starts a command that goes on until it ends, a limit ends it or somebody does. Nothing that it started is left afterwards (S1). */
export function startLiving(command: Omit<ShellCommand, 'timeoutMs'>): LivingCommand {
  const guard = startGuard(command);
  const child = startGated(command, guard.id, 'pipe');
  const exit = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (exitCode, exitSignal) => resolve({ exitCode, exitSignal }));
    child.once('error', () => resolve({ exitCode: null, exitSignal: null }));
  });
  let stopped: ShellStop | null = null;
  const usage = startUsageWatch(child.pid, command, (reason) => {
    stopped ??= reason;
    guard.input.end();
  });
  void exit.then(() => usage.stop());
  const ended = endOfLiving(child, guard, command.hasInfo).then((failure) => failure ?? stopped);
  openGate(child, guard.input);
  return {
    ...{ input: child.stdin!, output: child.stdout!, errors: child.stderr!, pid: child.pid, exit, ended },
    info: command.hasInfo ? (child.stdio as (Readable | null)[])[infoDescriptor]! : null,
    stop: () => void guard.input.end(),
  };
}

async function endOfLiving(child: ChildProcess, guard: Guard, isLeft = false): Promise<Error | null> {
  const failure = await endOf(child, () => guard.input.end(), isLeft).then(
    () => null,
    (error: unknown) => error as Error,
  );
  guard.input.end();
  await guard.end;
  return failure;
}

interface Guard {
  /** The mark of what it watches (S3). */
  id: string;
  input: Writable;
  end: Promise<number | null>;
}

function startGuard({ canLeave }: Pick<ShellCommand, 'canLeave'>): Guard {
  const id = `${mark}=${randomUUID()}`;
  const guard = spawnChild('/bin/sh', ['-c', watchdog, 'gaffer-watchdog', id, String(canLeave ? 2 : 1)], {
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const end = new Promise<number | null>((resolve) => {
    guard.once('close', resolve).once('error', () => resolve(null));
  });
  return { id, input: guard.stdin!, end };
}

async function runGuarded(
  command: ShellCommand,
  { id, input: guard }: Guard,
  signal: AbortSignal,
): Promise<Omit<ShellResult, 'mayGoOn'>> {
  const child = startGated(command, id);
  let stopped: ShellStop | null = null;
  const stop = (reason: ShellStop | null) => {
    stopped ??= reason;
    guard.end();
  };
  const onAbort = () => stop(null);
  const stdout = collect(child.stdout!, () => stop('output'));
  const stderr = collect(child.stderr!, () => stop('output'));
  const ended = endOf(child, () => guard.end());
  const forget = afterAwake(command.timeoutMs, () => stop('timeout'));
  const usage = startUsageWatch(child.pid, command, stop);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    openGate(child, guard);
    const { exitCode, exitSignal } = await ended;
    signal.throwIfAborted();
    return { exitCode, signal: exitSignal, stdout: stdout.text(), stderr: stderr.text(), stopped };
  } finally {
    forget();
    usage.stop();
    signal.removeEventListener('abort', onAbort);
  }
}

function startGated(
  { argv, cwd, env, filter, hiddenArguments, files = [], hasInfo = false }: Omit<ShellCommand, 'timeoutMs'>,
  id: string,
  input: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  const opened = [filter, hiddenArguments, ...files].map((content) => content && openUnnamedFile(content));
  const [first = 'ignore', second = 'ignore', ...others] = opened;
  try {
    return spawnChild('/bin/sh', ['-c', gate, 'gaffer-shell', ...argv], {
      cwd,
      detached: true,
      env: { ...env, [mark]: id.slice(mark.length + 1) },
      stdio: [input, 'pipe', 'pipe', 'pipe', 'ignore', 'ignore', first, second, hasInfo ? 'pipe' : 'ignore', ...others],
    });
  } finally {
    for (const descriptor of opened) if (descriptor !== undefined) closeSync(descriptor);
  }
}

function openGate(child: ChildProcess, guard: Writable): void {
  const gateEnd = child.stdio[3] as Duplex;
  if (child.pid === undefined) return;
  try {
    // Below the worker, whose heartbeats must go out even under a fork bomb.
    setPriority(child.pid, 5);
  } catch {
    // Not everywhere allowed; then it runs as everything else does.
  }
  guard.write(`${child.pid}\n`);
  gateEnd.end('go\n');
}

function collect(stream: NodeJS.ReadableStream, onTooMuch: () => void): HeadAndTail {
  const kept = new HeadAndTail(keptBytes);
  stream.on('data', (chunk: Buffer) => {
    kept.add(chunk);
    if (kept.total > maxStreamBytes) onTooMuch();
  });
  return kept;
}

// "exit" comes before "close": what the command left behind may hold its pipes open until the watchdog has killed it.
function endOf(child: ChildProcess, onExit: () => void, isLeft = false): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, exitSignal) => {
      onExit();
      const done = () => {
        clearTimeout(patience);
        resolve({ exitCode, exitSignal });
      };
      // Only what escaped the watchdog can still hold a pipe then; it does not get to hold us.
      const patience = setTimeout(() => {
        if (!isLeft) for (const stream of [child.stdout, child.stderr]) stream?.destroy();
        done();
      }, 3000);
      child.once('close', done);
    });
  });
}
