import { existsSync } from 'node:fs';
import { parseModelKey, toolKey } from '../../domain/ids/journal-key.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { compareCommits, type Comparison } from '../../host/git-objects/compare-commits.ts';
import type { StoryWrite } from '../../store/task/task-story.ts';
import type { Session } from '../connection/session.ts';
import { readStory, type TaskStory } from './task-detail.ts';

/** A call that wrote a file, or would have. `patch`: what its arguments say of that, one line each with its sign. */
export interface FileWrite {
  turn: number;
  attempt: number;
  /** How often somebody had asked by then for the task to be done anew. */
  epoch: number;
  tool: string;
  action: string;
  path: string;
  /** Null: nobody knows how it ended. */
  succeeded: boolean | null;
  patch: string;
  isShortened: boolean;
}

/** What the snapshots of two checkpoints say; tasks in between have their part in it. */
interface TaskDiff extends Comparison {
  /** Name of the last checkpoint before the task began: what was there by then is nobody's work in between. */
  from: string;
  to: string;
  /** Tasks whose changes are in it too. */
  others: string[];
}

/** Which files a task wrote, as far as anybody can know. */
export interface TaskFiles {
  workspace: string;
  writes: FileWrite[];
  /** Commands of its shell, which may have written anything. */
  commands: number;
  /** Other tools that it called, which may have written something, too. */
  otherTools: string[];
  diff: TaskDiff | null;
  /** Why there is none, in words; null: there is. */
  whyNone: string | null;
}

const longestPart = 20_000;

/** Which files a task wrote; null: the run has no such task. @throws RunNotFoundError */
export async function taskFiles(session: Session, runId: string, id: string): Promise<TaskFiles | null> {
  const story = await readStory(session, runId, id);
  if (!story) return null;
  const { runs } = session.store;
  const { row, plan, definition } = story;
  const calls = await runs.taskWrites(row.runKey, id, longestPart);
  const files = calls.filter(({ tool }) => tool === builtInTools.filesystem.name);
  const keyOf = ({ callKey, toolUseId }: StoryWrite): string => toolKey(parseModelKey(callKey), toolUseId);
  const steps = await runs.taskSteps(row.runKey, files.map(keyOf));
  const names = new Set(calls.map(({ tool }) => tool));
  const diff = await diffOf(session, story, id);
  const ours: readonly string[] = Object.values(builtInTools).map(({ name }) => name);
  return {
    workspace: workspaceOf(plan, definition).path,
    writes: files.map((call) => {
      const result = steps.get(keyOf(call))?.result;
      return toWrite(call, result ? result['isError'] !== true : null);
    }),
    commands: calls.filter(({ tool }) => tool === builtInTools.bash.name).length,
    otherTools: [...names].filter((name) => !ours.includes(name)),
    ...(typeof diff === 'string' ? { diff: null, whyNone: diff } : { diff, whyNone: null }),
  };
}

function toWrite(
  { callKey, tool, action, path, content, before, after }: StoryWrite,
  succeeded: boolean | null,
): FileWrite {
  const { turn, attempt, epoch } = parseModelKey(callKey);
  const patch = [...signed('-', before), ...signed('+', after ?? content)].join('\n');
  const isShortened = [content, before, after].some((text) => text?.length === longestPart);
  return { turn, attempt, epoch, tool, action: action ?? '', path: path ?? '', succeeded, patch, isShortened };
}

function signed(sign: '+' | '-', text: string | null): string[] {
  return text === null || text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${sign}${line}`);
}

/** Or why there is none. */
async function diffOf(session: Session, story: TaskStory, id: string): Promise<TaskDiff | string> {
  const { row, plan, definition } = story;
  const own = definition?.workspace?.path;
  const points = await session.store.runs.checkpoints(row.runKey);
  const kept = points.flatMap((point) => {
    const commit = own === undefined ? point.snapshot : (point.snapshots[own] ?? null);
    return commit === null ? [] : [{ ...point, commit }];
  });
  const to = kept.find(({ tasks }) => tasks.includes(id));
  if (!to) return points.some(({ tasks }) => tasks.includes(id)) ? noSnapshot : 'no checkpoint was kept behind it yet.';
  const begun = story.events.find(({ event }) => event.type === 'task:start')?.event.at ?? to.at;
  const from = kept.findLast(({ at }) => at <= begun);
  if (!from) return noneBefore;
  const folder = workspaceOf(plan, definition).path;
  if (!existsSync(folder)) return 'its folder is not on the machine that this service runs on, or is gone.';
  try {
    const found = await compareCommits(folder, from.commit, to.commit);
    const others = to.tasks.filter((task) => task !== id && !from.tasks.includes(task));
    return { ...found, from: from.name, to: to.name, others };
  } catch {
    return 'the repository does not have the files of its checkpoints any more, or git cannot compare them here.';
  }
}

const noneBefore =
  'no files were kept before it began, so nobody can tell what it changed from what was there: what its own tools wrote is known.';
const noSnapshot =
  'no files were kept with its checkpoint: its folder is in no git repository, or nobody in the run could write.';
