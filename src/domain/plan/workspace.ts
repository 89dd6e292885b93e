/*
 * W1 A folder inside the run's own is written from there down (`packages/api`), any other one as an absolute path: so the tasks of a
 *    run that works elsewhere, in a worktree for one, go with it.
 * W2 What a task says of its folder is its name, in keys of results too; where that folder stands in a run is `Plan.folders`' to say.
 */
import type { Plan, PlanTask, Workspace } from './plan.ts';

type Settled = Pick<Plan, 'workspace' | 'folders'>;
type Held = Settled & Pick<Plan, 'within'>;
type Placed = Pick<PlanTask, 'workspace'>;

/** The workspace of a task, its path absolute; of a task that has none of its own, and of no task at all, it is the run's. */
export function workspaceOf({ workspace, folders }: Settled, task: Placed | undefined): Workspace {
  const own = task?.workspace;
  if (!own) return { path: workspace };
  return { ...own, path: folders?.[own.path] ?? (isInside(own) ? `${workspace}/${own.path}` : own.path) };
}

/** Whether a task's workspace lies in the run's own (W1). */
export function isInside({ path }: Workspace): boolean {
  return !path.startsWith('/');
}

/** Folders that a task's workspace has to lie in, links followed; none where its author, or whoever moved the run, has it stand by itself. */
export function foldersAround({ workspace, folders, within = [] }: Held, task: Placed | undefined): string[] {
  const own = task?.workspace;
  if (!own) return within;
  return isInside(own) && folders?.[own.path] === undefined ? [...within, workspace] : [];
}

/** Names of the workspaces that tasks have of their own, each once. */
export function ownWorkspaces(tasks: Iterable<Placed>): string[] {
  return [...new Set([...tasks].flatMap(({ workspace }) => workspace?.path ?? []))];
}

/** The folders that a plan works in on one host, each once; tasks that name no host work on the run's, which is that one. */
export function foldersOn(host: string, plan: Settled & { tasks: readonly Placed[] }): string[] {
  const own = plan.tasks.filter(({ workspace }) => workspace && (workspace.host ?? host) === host);
  return [...new Set([plan.workspace, ...own.map((task) => workspaceOf(plan, task).path)])];
}

/** Files of a run's workspace that Gaffer keeps itself, absolute: no work of anybody. */
export function keptFiles({ workspace, communicationFile }: Pick<Plan, 'workspace' | 'communicationFile'>): string[] {
  return communicationFile === undefined ? [] : [`${workspace}/${communicationFile}`];
}

/** What a task's `files_scope` names, from the run's workspace down; outside of it, from the root. In one form of Unicode, to be compared. */
export function filesOf({ filesScope, workspace }: Pick<PlanTask, 'filesScope' | 'workspace'>): string[] {
  return globsOf(filesScope, workspace).map((glob) => glob.normalize());
}

function globsOf(filesScope: string[], workspace: PlanTask['workspace']): string[] {
  if (!workspace) return filesScope;
  const { path } = workspace;
  // Signs of a glob in a name: any folder, then.
  const folder = !/[*?[\]{}()!\\]/.test(path) ? path : isInside(workspace) ? '**' : '/**';
  return filesScope.map((glob) => `${folder}/${glob}`);
}

/** Task queue of the host that has a workspace. `own`: that of the run's own host, `NAME@HOST`. */
export function queueOf(own: string, workspace: Workspace | null | undefined): string {
  const host = workspace?.host;
  return host === undefined ? own : `${own.slice(0, own.lastIndexOf('@'))}@${host}`;
}

/**
 * The plan of a run that works elsewhere. `folders`: where those of tasks stand then, by what the tasks say (W2); one inside of the
 * workspace that is not named goes with it.
 */
export function movedTo(plan: Plan, workspace: string, folders: Readonly<Record<string, string>> = {}): Plan {
  const { folders: before = {}, within, ...rest } = plan;
  const outside = Object.entries(before).filter(([path]) => !isInside({ path }));
  const named = Object.entries({ ...Object.fromEntries(outside), ...folders });
  const moved = named.filter(([path, folder]) => folder !== (isInside({ path }) ? `${workspace}/${path}` : path));
  return {
    ...{ ...rest, workspace },
    ...(within && workspace === plan.workspace && { within }),
    ...(moved.length > 0 && { folders: Object.fromEntries(moved) }),
  };
}
