import { mkdirSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { isInside, movedTo, ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { gitIn } from '../../host/git.ts';
import type { CheckpointFiles } from '../../store/run/checkpoints.ts';
import type { PlannedWorktree } from './worktree.ts';
import { planWorktree } from './worktree.ts';

/** A run's plan, to work in worktrees that are not there yet. */
export interface MovedPlan {
  plan: Plan;
  worktree: Pick<PlannedWorktree, 'create' | 'keep' | 'remove'>;
  /** The folders that it works in instead of its own ones. */
  folders: string[];
}

/**
 * Plans a worktree for each repository of which a checkpoint keeps files: the run's, and those that tasks have of their own.
 *
 * A task's folder whose files are not kept stays where it is, unless it is a part of the run's repository.
 *
 * @param folder absolute, for the run's; null: beside its repository. Those of tasks stand beside it
 * @throws UsageError see {@link planWorktree}; also when tasks would work in the run's workspace, of which nothing is kept
 */
export async function planWorktrees(
  plan: Plan,
  { snapshot, snapshots }: CheckpointFiles,
  { folder, runId }: { folder: string | null; runId: string },
): Promise<MovedPlan> {
  const places = new Places();
  const own = snapshot === null ? null : await planWorktree({ workspace: plan.workspace, snapshot }, { folder, runId });
  if (own) places.add({ from: plan.workspace, commit: snapshot!, worktree: own });
  else if (plan.tasks.some(({ workspace }) => !workspace)) {
    throw new UsageError(
      `\`worktree\`: the checkpoint keeps no files of ${plan.workspace}, where some tasks work: leave \`worktree\` out.`,
    );
  }
  const folders: Record<string, string> = {};
  for (const name of ownWorkspaces(plan.tasks).toSorted((a, b) => a.length - b.length)) {
    const from = workspaceOf(plan, { workspace: { path: name } }).path;
    const commit = snapshots[name];
    if (commit === undefined) {
      const isPart = own && isInside({ path: name }) && (await isOfRepository(from, plan.workspace));
      folders[name] = isPart ? join(own.workspace, name) : from;
      continue;
    }
    const beside = own?.folder ?? folder;
    const target = { folder: beside && places.free(`${beside}-${basename(from)}`), runId };
    folders[name] =
      places.find(from, commit) ??
      places.add({ from, commit, worktree: await planWorktree({ workspace: from, snapshot: commit }, target) });
  }
  const moved = movedTo(plan, own?.workspace ?? plan.workspace, folders);
  return {
    plan: moved,
    folders: places.made.map(({ worktree }) => worktree.workspace),
    worktree: together(places, moved),
  };
}

interface Place {
  from: string;
  commit: string;
  worktree: PlannedWorktree;
}

/** Worktrees so far; a folder in another one with the same commit is a part of its worktree. */
class Places {
  readonly made: Place[] = [];

  add(place: Place): string {
    this.made.push(place);
    return place.worktree.workspace;
  }

  find(from: string, commit: string): string | undefined {
    const holder = this.made.find((place) => place.commit === commit && isWithin(place.from, from));
    return holder && join(holder.worktree.workspace, relative(holder.from, from));
  }

  free(folder: string): string {
    const taken = this.made.map(({ worktree }) => worktree.folder);
    for (let number = 1; ; number++) {
      const name = number === 1 ? folder : `${folder}-${number}`;
      if (!taken.includes(name)) return name;
    }
  }
}

function isWithin(outer: string, inner: string): boolean {
  const path = relative(outer, inner);
  return !path.startsWith('..') && !isAbsolute(path);
}

async function isOfRepository(folder: string, other: string): Promise<boolean> {
  const top = (path: string): Promise<string | null> =>
    gitIn(path, { timeoutMs: 30_000 })('rev-parse', '--show-toplevel').catch(() => null);
  const [one, two] = await Promise.all([top(folder), top(other)]);
  return one !== null && one === two;
}

// All of them or none.
function together({ made }: Places, plan: Plan): MovedPlan['worktree'] {
  const remove = async (places: readonly Place[]): Promise<void> => {
    for (const { worktree } of places.toReversed()) await worktree.remove();
  };
  return {
    async create() {
      for (const [index, { worktree }] of made.entries()) {
        try {
          await worktree.create();
        } catch (error) {
          await remove(made.slice(0, index));
          throw error;
        }
      }
      // Git keeps no empty folders.
      for (const task of plan.tasks) {
        const { path } = workspaceOf(plan, task);
        if (made.some(({ worktree }) => isWithin(worktree.workspace, path))) mkdirSync(path, { recursive: true });
      }
    },
    keep() {
      for (const { worktree } of made) worktree.keep();
    },
    remove: () => remove(made),
  };
}
