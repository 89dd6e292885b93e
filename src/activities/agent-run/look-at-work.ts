import type { ForeignEnd } from '../../contracts/agent-run.ts';
import type { WorkspaceStep } from '../../contracts/workspace.ts';
import type { SessionEnd } from '../../runners/runner.ts';
import { checkOutput } from '../../models/check-output.ts';
import { keptFiles } from '../../domain/plan/workspace.ts';
import { isolationIn } from '../../domain/worktrees/isolation-of.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import { finalFailure } from '../base/to-failure.ts';
import { failureTypes } from '../../domain/run/failure-types.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { hasChanged } from '../workspace/keep-snapshot.ts';
import type { WorkspaceDependencies } from '../workspace/task-place.ts';
import type { Crewman } from './open-session.ts';

/** How long a check may take, in ms. */
const checkMs = 10 * 60_000;

interface Work {
  crewman: Crewman;
  end: SessionEnd;
  step: WorkspaceStep;
  /** See {@link filesBefore}. */
  before: string | null;
}

/** Whether what a task asks for holds, now that its agent says that it is done: the schema of its answer, its files, its checks. */
export async function lookAtWork(
  dependencies: Pick<ActivityDependencies, 'workspaceHost'> & WorkspaceDependencies,
  run: FrozenRun,
  work: Work,
  signal: AbortSignal,
): Promise<ForeignEnd> {
  const { task, folder, writable } = work.crewman;
  const { end } = work;
  const problem = task?.output ? checkOutput(task.output, answerOf(end)) : null;
  if (problem !== null)
    return { kind: 'again', say: `${problem}\nAnswer again, with the corrected JSON only.`, why: problem };
  const { commands = [], expectsChanges } = task?.checks ?? {};
  if (expectsChanges === true && (await isUnchanged(dependencies, run, work))) {
    const say = 'You say that you are done, but no file has changed, and this task is to change some. Do it now.';
    return { kind: 'again', say, why: 'no file has changed, and it is to change some' };
  }
  for (const command of commands) {
    const wrong = await runCheck(dependencies.workspaceHost, { folder, writable, command }, signal);
    if (wrong !== null) return wrong;
  }
  return { kind: 'done' };
}

// In a worktree git knows it, with a fiftieth of the reading.
async function isUnchanged(
  dependencies: Pick<ActivityDependencies, 'workspaceHost'> & WorkspaceDependencies,
  run: FrozenRun,
  { crewman: { task, folder }, step, before }: Work,
): Promise<boolean> {
  if (isolationIn(run.plan, task) !== 'shared') return !(await hasChanged(dependencies, run, step));
  return before === (await dependencies.workspaceHost.printOf(folder, keptFiles(run.plan)));
}

/** What the files of an attempt are like at its beginning; null: its task does not ask, or git knows it. Found once, whoever asks again. */
export async function filesBefore(
  { workspaceHost, store }: Pick<ActivityDependencies, 'workspaceHost' | 'store'>,
  { plan, no }: FrozenRun,
  { crewman: { task, folder }, attemptKey }: { crewman: Crewman; attemptKey: string },
): Promise<string | null> {
  if (task?.checks?.expectsChanges !== true || isolationIn(plan, task) !== 'shared') return null;
  const look = async () => ({ print: await workspaceHost.printOf(folder, keptFiles(plan)) });
  const { print } = await store.journal.once(no, `files/${attemptKey}`, look);
  return typeof print === 'string' ? print : null;
}

/** The answer of a session: by its schema, or its last words. */
export function answerOf({ output, text }: SessionEnd): string {
  return output === undefined ? text : JSON.stringify(output);
}

async function runCheck(
  workspaceHost: ActivityDependencies['workspaceHost'],
  { folder, writable, command }: Pick<Crewman, 'folder' | 'writable'> & { command: string },
  signal: AbortSignal,
): Promise<ForeignEnd | null> {
  const { kind, reason, output } = await workspaceHost.check(
    { workspace: folder, command, timeoutMs: checkMs, ...(writable && { writable }) },
    signal,
  );
  if (kind === 'green') return null;
  const ends = output === '' ? '' : `\n${output}`;
  const say = `You say that you are done, but a check of this task fails: \`${command}\`: ${reason}${ends}`;
  // What cannot run says nothing about the work, and its agent cannot help it.
  if (kind === 'broken')
    throw finalFailure(failureTypes.agentFailed, `a check cannot run: \`${command}\`: ${reason}${ends}`);
  return { kind: 'again', say: `${say}\nMake it hold.`, why: `its check \`${command}\` fails: ${reason}${ends}` };
}
