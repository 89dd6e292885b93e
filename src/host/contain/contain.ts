/*
 * The one way to run a program that is not ours and acts by itself, such as another vendor's coding agent:
 * K1 It lives in namespaces of its own (user, process, mount, network, ipc, uts, cgroup) with no capability and the shell's filter of system
 *    calls. It finds the system, its folder, its home and what it was given to read; in its environment what it was given, and nothing of ours.
 * K2 Its folder is covered as a shell's workspace is (guard-workspace.ts), and writable where its lease says so (lease.ts).
 * K3 Its network is a loopback of its own. Two ways lead out, if it may: to the gateway, and to hosts by a proxy that tells each (ways.ts).
 * K4 Its end is the end of its process namespace: SIGTERM to the program, a grace period, then SIGKILL to the namespace's first process. It
 *    dies as well with this process (watchdog, and bubblewrap's --die-with-parent), with bubblewrap and with its relay.
 * K5 Where there is no sandbox it is not run, unless that was allowed in so many words: then it is guarded (guarded-process.ts), not held back.
 */
import type { Readable, Writable } from 'node:stream';
import { afterAwake } from '../awake-timer.ts';
import { startLiving, type LivingCommand, type ProcessExit, type ShellStop } from '../guarded-process.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { ShellSettings } from '../sandbox/sandbox.ts';
import { askToEnd, endAll, readFirstProcess, untilOver } from './first-process.ts';
import { prepareContained, prepareUncontained, type PlacedProgram } from './prepare.ts';
import { insidePorts } from './relay.ts';

/** Where a program finds the gateway. */
export const gatewayInside = `http://127.0.0.1:${insidePorts.gateway}`;

/** How programs are contained on this machine. */
export interface ContainSettings {
  /** How commands are sandboxed here, and what is believed outside of sandboxes; `unsandboxed` is what was allowed in so many words. */
  shell: ShellSettings;
  /** `host:port` pairs that a proxy may reach although they are not public. */
  allow: readonly string[];
}

/** A program that is not ours, what it finds and what it may use. */
export interface ContainedProgram extends PlacedProgram {
  limits: { maxProcesses: number; maxMemoryBytes: number; timeoutMs: number };
  /** How long it may take to end when it is asked to, in ms. */
  graceMs?: number;
}

/**
 * How a program ended. In a sandbox the exit code of one that a signal ended is 128 and the signal's number, as a shell says it.
 *
 * @internal
 */
export interface ContainedEnd extends ProcessExit {
  /** Which limit ended it; `stop`: somebody did; null: it ended by itself, or was killed from elsewhere. */
  stopped: ShellStop | 'stop' | null;
  /** What it left that git would run or follow outside, and that was taken back, in words; null: nothing. */
  takenBack: string | null;
}

/** A program that runs. Its streams hold it back when they are not read. */
export interface Contained {
  /** Of the sandbox that it runs in. */
  pid: number;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** When nothing of it runs any more. What it wrote may still be unread. @throws what kept it from being cleared away */
  ended: Promise<ContainedEnd>;
  /** Asks it to end, and ends it when it does not (K4). Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** A program cannot be contained here; the message is for people. */
class ContainError extends Error {
  override readonly name = 'ContainError';
}

const defaultGraceMs = 3000;

/**
 * Starts a program (K1-K5). Aborting the signal stops it.
 *
 * @throws ContainError where there is no sandbox and nobody allowed to go without; JailError when its folder cannot be guarded or its lease
 * not be kept; the signal's reason when aborted before
 */
export async function startContained(
  settings: ContainSettings,
  program: ContainedProgram,
  signal: AbortSignal,
): Promise<Contained> {
  signal.throwIfAborted();
  const { sandbox } = settings.shell;
  if (sandbox === 'refused') throw new ContainError(noSandbox);
  const isContained = sandbox === 'bubblewrap';
  const prepared = await (isContained ? prepareContained(settings, program) : prepareUncontained(program));
  try {
    signal.throwIfAborted();
    const living = startLiving({ ...prepared.run, ...program.limits, hasInfo: isContained });
    if (living.pid === undefined) throw (await living.ended) as Error;
    return watch(living, program, { signal, cleanUp: () => prepared.cleanUp() });
  } catch (error) {
    await prepared.cleanUp();
    throw error;
  }
}

/** Why programs of others are not run where there is no sandbox. */
export const noSandbox =
  'programs of others are not run here: there is no sandbox; install bubblewrap, or allow a shell without a sandbox, which holds for them, too';

function watch(
  living: LivingCommand,
  { limits, graceMs = defaultGraceMs }: ContainedProgram,
  { signal, cleanUp }: { signal: AbortSignal; cleanUp: () => Promise<string | null> },
): Contained {
  const first = living.info ? readFirstProcess(living.info) : Promise.resolve(null);
  let stopped: ContainedEnd['stopped'] = null;
  let patience: (() => void) | undefined;
  const stop = (reason: 'stop' | 'timeout'): void => {
    if (patience) return;
    stopped = reason;
    patience = afterAwake(graceMs, () => void end(living, first));
    void first.then((process) => (process ? askToEnd(process) : askPlain(living)));
  };
  const onAbort = (): void => stop('stop');
  const forget = afterAwake(limits.timeoutMs, () => stop('timeout'));
  signal.addEventListener('abort', onAbort, { once: true });
  const over = async (): Promise<ContainedEnd> => {
    const exit = await living.exit;
    forget();
    signal.removeEventListener('abort', onAbort);
    await end(living, first);
    patience?.();
    const reason = await living.ended;
    const takenBack = await cleanUp();
    return { ...exit, stopped: typeof reason === 'string' ? reason : stopped, takenBack };
  };
  const ended = over();
  ended.catch(() => undefined);
  const { input: stdin, output: stdout, errors: stderr } = living;
  return { pid: living.pid!, stdin, stdout, stderr, ended, stop: () => (stop('stop'), ended.then(() => undefined)) };
}

/** Ends all that there is of a program, and waits until that is so. */
async function end(living: LivingCommand, first: Promise<ProcessIdentity | null>): Promise<void> {
  living.stop();
  const process = await first;
  if (!process) return;
  endAll(process);
  await untilOver(process);
}

function askPlain({ pid }: LivingCommand): void {
  try {
    process.kill(pid!, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}
