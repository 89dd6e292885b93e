import { lstat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isEmptyFolder } from '../../host/entries-of.ts';
import { anyChangedSince } from '../../host/changed-since.ts';
import type { ShellSettings } from '../../host/sandbox/sandbox.ts';
import { runCheck, type CheckCommand, type CheckEnd } from './run-check.ts';
import { folderPrint } from './folder-print.ts';
import { forgetJob, jobOverLimits, jobTimedOut, runJob } from './shell-job.ts';
import { runShell } from '../../host/guarded-process.ts';
import { toPlainText } from '../tool-input.ts';
import { prepareShell } from './workspace-shell.ts';

/** A command that undoes something. `key` names it: the same key is the same command, which is run once. */
interface UndoCommand {
  key: string;
  workspace: string;
  /** As in `ToolCall`. */
  leadsTo?: string;
  command: string;
  env: Record<string, string>;
}

/** What the orchestrator itself does in a workspace, in the sandbox of the agents' shell. */
export interface WorkspaceHost {
  /** The nearest folder, from this one up, that looks like a git repository; null: there is none. */
  repositoryOf(workspace: string): Promise<string | null>;
  /**
   * Runs a command to its end, once: a worker that dies leaves it running, and the next one waits for it or finds what became of it.
   *
   * @returns what went wrong, in words; null: nothing. @throws the signal's reason when aborted; the command goes on
   */
  undo(command: UndoCommand, signal: AbortSignal): Promise<string | null>;
  /** In words, the first thing of the folders that has changed since a time (ms since the epoch), but for `known` files; null: nothing. */
  changedSince(folders: readonly string[], since: number, known?: readonly string[]): Promise<string | null>;
  /** Short hash of the files below a folder, but for `known` ones: whether something is another than it was. */
  printOf(folder: string, known?: readonly string[]): Promise<string>;
  /** Runs a command that checks something. @throws the signal's reason when aborted */
  check(command: CheckCommand, signal: AbortSignal): Promise<CheckEnd>;
  /** Forgets an undo command whose result is kept elsewhere. */
  forgetUndo(key: string): Promise<void>;
  /**
   * Keeps the files of a git repository as a commit under `ref`. Its HEAD, index and files stay as they are.
   *
   * @returns the commit; null where there is no repository, no sandbox, or git fails. @throws the signal's reason when aborted
   */
  snapshot(
    request: { workspace: string; leadsTo?: string; ref: string; title: string },
    signal: AbortSignal,
  ): Promise<string | null>;
}

const undoMs = 10 * 60_000;
const snapshotMs = 120_000;
const limits = { maxProcesses: 256, maxMemoryBytes: 4 * 1024 ** 3 };
const maxValueBytes = 100_000;
const reasons: Readonly<Record<number, string>> = {
  [jobTimedOut]: 'it took longer than 10 minutes, or said so (exit code 124)',
  [jobOverLimits]: 'it used more than 4 GB of memory or 256 processes, or was killed (exit code 137)',
};

/** Makes a {@link WorkspaceHost} with the shell that agents have here. `own`: folders of Gaffer's, which are no work of anybody. */
export function createWorkspaceHost(settings: ShellSettings, own: readonly string[] = []): WorkspaceHost {
  return {
    undo: (command, signal) => undo(settings, command, signal),
    forgetUndo: forgetJob,
    printOf: folderPrint,
    check: (command, signal) => runCheck(settings, command, signal),
    changedSince: (folders, since, known = []) => anyChangedSince(folders, since, [...own, ...known]),
    repositoryOf,
    async snapshot({ workspace, leadsTo, ref, title }, signal) {
      if ((await repositoryOf(workspace)) === null) return null;
      const env = {
        ...gitEnvironment,
        GAFFER_REF: ref,
        GAFFER_TITLE: title,
        GAFFER_TRUST: isSandboxed(settings) ? '*' : '',
      };
      const prepared = await prepareShell(settings, {
        ...{ workspace, leadsTo, command: snapshotScript, env },
        isSnapshot: true,
      });
      if ('refusal' in prepared) return null;
      try {
        const result = await runShell({ ...prepared.run, ...limits, timeoutMs: snapshotMs }, signal);
        const commit = result.stdout.trim();
        return result.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null;
      } finally {
        await prepared.cleanUp();
      }
    },
  };
}

// A look that spares a sandbox with a git in it; whether it really is a repository, git says.
async function repositoryOf(workspace: string): Promise<string | null> {
  for (let folder = resolve(workspace); ; folder = dirname(folder)) {
    if (await isRepository(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return null;
  }
}

// An empty folder is none to git: a sandbox makes one where there is none (see git-cover.ts).
async function isRepository(git: string): Promise<boolean> {
  const found = await lstat(git).catch(() => undefined);
  return found !== undefined && !(found.isDirectory() && (await isEmptyFolder(git)));
}

function isSandboxed({ sandbox }: ShellSettings): boolean {
  return sandbox === 'bubblewrap';
}

async function undo(
  settings: ShellSettings,
  { key, workspace, leadsTo, command, env }: UndoCommand,
  signal: AbortSignal,
): Promise<string | null> {
  const tooLong = Object.entries(env).find(([, value]) => Buffer.byteLength(value) > maxValueBytes);
  if (tooLong) return `the value of ${tooLong[0]} is too long for an environment variable`;
  // The operating system ends a variable at a NUL.
  const clean = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replaceAll('\0', '')]));
  const prepared = await prepareShell(settings, { workspace, leadsTo, command, env: clean });
  if ('refusal' in prepared) return prepared.refusal;
  try {
    const { exitCode, output } = await runJob(
      key,
      { run: prepared.run, workspace, timeoutMs: undoMs, ...limits },
      signal,
    );
    if (exitCode === 0) return null;
    const reason = reasons[exitCode] ?? `exit code ${exitCode}`;
    return `${reason}${output.trim() === '' ? '' : `: ${toPlainText(output).trim().slice(-1500)}`}`;
  } finally {
    await prepared.cleanUp();
  }
}

const gitEnvironment = {
  GIT_AUTHOR_NAME: 'gaffer',
  GIT_AUTHOR_EMAIL: 'gaffer@localhost',
  GIT_COMMITTER_NAME: 'gaffer',
  GIT_COMMITTER_EMAIL: 'gaffer@localhost',
  GIT_TERMINAL_PROMPT: '0',
};

/*
 * A repository may name programs in its own configuration. In the sandbox they can do no more than any command of an agent; hooks and
 * monitors are off all the same. The index is a copy. Files that the sandbox covers are left as the index has them.
 */
const snapshotScript = `
set -e
git() { command git \${GAFFER_TRUST:+-c safe.directory="$GAFFER_TRUST"} -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -c core.logAllRefUpdates=false -c core.untrackedCache=false "$@"; }
folder=$(git rev-parse --absolute-git-dir 2>/dev/null)
[ "$(git rev-parse --is-inside-work-tree)" = true ]
if git check-ignore -q .; then exit 1; fi
index=$(mktemp)
trap 'rm -f "$index" "$index.lock"' EXIT
real=$(git rev-parse --git-path index)
if [ -f "$real" ]; then cp "$real" "$index"; else rm -f "$index"; fi
export GIT_INDEX_FILE=$index
git add -A --ignore-errors -- . ':(exclude).env' ':(exclude).env.local' ':(exclude).gaffer' >/dev/null 2>&1 || true
tree=$(git write-tree)
parent=$(git rev-parse --verify --quiet 'HEAD^{commit}' || true)
commit=$(printf '%s\\n' "$GAFFER_TITLE" | git commit-tree "$tree" \${parent:+-p "$parent"})
git update-ref --no-deref "$GAFFER_REF" "$commit"
echo "$commit"`;
