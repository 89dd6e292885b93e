/*
 * Rules are somebody's own code and run in our process, often that of a worker:
 *
 * R1 What a rule does wrong is an error of the call that it was asked about, and says where in its file.
 * R2 A rule that does not end is ended.
 * R3 A rule does not end the process, whatever it calls. What it leaves running (timers, promises) is its own.
 */
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const slot = Symbol.for('gaffer.testing.guarded');
const host = globalThis as { [slot]?: () => unknown };
// Only what runs inside of a script has a time limit, functions that it calls included (R2).
const enter = new Script(`globalThis[Symbol.for('gaffer.testing.guarded')]()`);
const endings = ['exit', 'reallyExit', 'abort', 'kill'] as const;

/** What a function of a script gives. @throws Error that says what is wrong, and where */
export function guarded<Result>(run: () => Result, timeoutMs: number): Result {
  const before = endings.map((name) => [name, process[name as 'exit']] as const);
  const outer = host[slot];
  for (const [name] of before) {
    process[name as 'exit'] = (): never => {
      throw new Error(`it called process.${name}, which would end whoever runs it`);
    };
  }
  host[slot] = run;
  try {
    return enter.runInThisContext({ timeout: timeoutMs }) as Result;
  } catch (error) {
    throw new Error(reasonOf(error, timeoutMs), { cause: error });
  } finally {
    if (outer) host[slot] = outer;
    else delete host[slot];
    for (const [name, ending] of before) process[name as 'exit'] = ending;
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  // What is thrown need not be an error, and may throw again when it is looked at.
  try {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      return `it did not come to an end within ${timeoutMs / 1000} s`;
    if (!(error instanceof Error)) return `it threw ${String(error)}`;
    const place = placeIn(error.stack ?? '');
    return `${String(error)}${place === null ? '' : ` (${place})`}`;
  } catch {
    return 'it threw something that cannot be read';
  }
}

const ours = fileURLToPath(new URL('.', import.meta.url));

/** `file:line:column` of the innermost frame that is neither ours nor Node's. */
function placeIn(stack: string): string | null {
  for (const line of stack.split('\n')) {
    const [, at] = /\(?((?:file:\/\/|\/|[A-Z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line.trim()) ?? [];
    if (at === undefined) continue;
    const [, file, place] = /^(.*?)(?:\?[^:]*)?(:\d+:\d+)$/.exec(at)!;
    const path = file!.startsWith('file://') ? fileURLToPath(file!) : file!;
    if (!path.startsWith(ours)) return path + place!;
  }
  return null;
}
