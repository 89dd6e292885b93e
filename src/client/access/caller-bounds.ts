import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { GafferError } from '../../domain/errors.ts';
import type { JsonValue } from '../../domain/json.ts';
import { isTemplateName, templatesNamed } from '../../definition/templates/find-template.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { isInside, realOf } from '../../host/key-folders.ts';
import type { StartOptions } from '../start-options.ts';
import { isNameable, isReadable, type NameablePlaces } from './nameable.ts';

/*
 * What somebody who calls over HTTP may not bring, whatever the workflow says (docs/security.md has the table of all fields).
 *
 * B1 Folders and files are those that the service was started with, links followed (nameable.ts): nobody's key reaches beyond them, and one
 *    that starts nothing names none.
 * B2 What a workflow says that came with the call is its caller's word: it brings no command of its own and says nothing of prices, unless
 *    the key is one of scope `admin`. So is what a file says that a run may have written (believed-files.ts).
 */

/** What the caller of a session may reach and bring; a session of somebody at a terminal has none. */
export interface CallerBounds extends NameablePlaces {
  /** Whether it starts runs: it may name folders and files then, and change what a tool is called with. */
  startsRuns: boolean;
  /** Whether it is shown, and writes, workflow files of the service's folders: they are its operator's, of the tenant `default`. */
  seesFiles: boolean;
  /** Whether what it brings may have commands run, and say what models cost. */
  bringsCommands: boolean;
}

/** A caller names or brings what its key does not allow. */
export class OutOfBoundsError extends GafferError {
  override readonly name = 'OutOfBoundsError';
  readonly kind = 'needs-person';
  /** Each of them, with where it stands. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether they stand in the definition that came with the call, rather than beside it. */
  readonly isInDefinition: boolean;
  constructor(found: readonly Finding[], isInDefinition = false) {
    super(found.map(({ message }) => message).join(' '));
    this.isInDefinition = isInDefinition;
    const place = { file: null, line: null, column: null, hint: null, frame: null };
    this.diagnostics = found.map((each) => ({ severity: 'error', code: 'out-of-bounds', ...place, ...each }));
  }
}

interface Finding {
  path: string;
  message: string;
}

type Asked = Partial<
  Pick<StartOptions, 'file' | 'workspace' | 'agents' | 'pool' | 'tracks' | 'patterns' | 'tools' | 'script'>
> & { worktree?: string | true | undefined; allowUnsandboxedShell?: boolean | undefined };

/**
 * Looks at what a call names, before any of it is read.
 *
 * @param known folders whose files anybody may name: those of templates
 * @throws OutOfBoundsError
 */
export function checkAsked(bounds: CallerBounds, cwd: string, asked: Asked, known: readonly string[] = []): void {
  const { file, workspace, agents = [], worktree } = asked;
  const named = { workspace, worktree: worktree === true ? undefined : worktree, ...filesOf(asked) };
  const paths = Object.entries(named).flatMap(([path, name]) => (name === undefined ? [] : [{ path, name }]));
  // A name of an agent is not a path; one that is there is.
  const folders = agents.flatMap((name, at) => (isPath(cwd, name) ? [{ path: `agents[${at}]`, name }] : []));
  const all = [...paths, ...folders, ...(file === undefined ? [] : [{ path: 'file', name: file }])];
  const found = all.flatMap(({ path, name }) => {
    if (path === 'file' && isTemplate(bounds, name, known)) return [];
    const isNobodys = path === 'file' && isTemplateName(name) && !existsSync(resolve(cwd, name));
    if (!bounds.startsRuns && !isNobodys)
      return [{ path, message: `\`${path}\` is for a key of scope run: with this one, name a template.` }];
    const may = path === 'workspace' || path === 'worktree' ? isNameable : isReadable;
    return may(bounds, resolve(cwd, name)) ? [] : [{ path, message: outsideWords(path, name) }];
  });
  for (const path of ['tools', 'script', 'allowUnsandboxedShell'] as const)
    if (asked[path] !== undefined && asked[path] !== false)
      found.push({ path, message: `\`${path}\` is for whoever starts the service to say.` });
  if (found.length > 0) throw new OutOfBoundsError(found);
}

/**
 * Looks at what came of it.
 *
 * @param brought the definition that came with the call; null: it is a file that is believed. `cwd`: where the service stands
 * @throws OutOfBoundsError
 */
export function checkPlanned(
  bounds: CallerBounds,
  plan: Plan,
  { brought, cwd }: { brought: JsonValue | null; cwd: string },
): void {
  const found = folderFindings(bounds, plan);
  if (brought !== null && !bounds.startsRuns) found.push(...foreignFolders(plan, cwd));
  if (brought !== null && !bounds.bringsCommands) {
    const evaluation = plan.workflows?.[plan.evaluate?.plan ?? ''];
    found.push(...commandFindings(plan.tasks, brought));
    if (evaluation) found.push(...commandFindings(evaluation.tasks, null, 'evaluate'));
    if (isObject(brought) && 'models' in brought) {
      found.push({ path: 'models', message: '`models` says what models cost, which only a key of scope admin may.' });
    }
  }
  if (found.length > 0) throw new OutOfBoundsError(found, brought !== null);
}

/**
 * Looks at workflows that tasks name, where whoever calls may have had them written.
 *
 * @param brought what their files say
 * @throws OutOfBoundsError
 */
export function checkNested(plan: Plan, brought: readonly (JsonValue | null)[]): void {
  const inner = ({ workflows = {} }: Plan): Finding[] =>
    Object.values(workflows).flatMap((each) => [...commandFindings(each.tasks, null, 'workflow'), ...inner(each)]);
  const found = inner(plan);
  if (brought.some((each) => each !== null && isObject(each) && 'models' in each))
    found.push({ path: 'workflow', message: '`models` says what models cost, which only a key of scope admin may.' });
  if (found.length > 0) throw new OutOfBoundsError(found);
}

/** Looks at folders that are about to be made. @throws OutOfBoundsError */
export function checkMade(bounds: CallerBounds, folders: readonly string[]): void {
  const found = folders.filter((folder) => !isNameable(bounds, folder));
  if (found.length > 0)
    throw new OutOfBoundsError(found.map((name) => ({ path: 'worktree', message: outsideWords('worktree', name) })));
}

/** Looks at what somebody who approves would have a tool called with instead. @throws OutOfBoundsError */
export function checkEdit(bounds: CallerBounds, tool: string | null): void {
  if (!bounds.startsRuns)
    throw new OutOfBoundsError([
      { path: 'edit', message: '`edit` changes what is done, which takes a key of scope run besides approve.' },
    ]);
  if (tool === 'bash' && !bounds.bringsCommands)
    throw new OutOfBoundsError([
      { path: 'edit', message: '`edit` is a command, which only a key of scope admin may bring.' },
    ]);
}

/** Looks at tasks that are added to a run while it lives: they are their caller's word. @throws OutOfBoundsError, DefinitionError */
export async function checkAddedTasks(bounds: CallerBounds, tasks: JsonValue): Promise<void> {
  const { addedAsWritten } = await import('../../definition/load-added-tasks.ts');
  // As they came and as they are read: what no format knows as a task is refused by the run, but not believed here.
  const sent = isObject(tasks) ? tasks['tasks'] : tasks;
  const read = addedAsWritten(tasks).map((task, at) => [task, at] as const);
  const all = [...read, ...(Array.isArray(sent) ? sent : []).map((task, at) => [task, at] as const)];
  const found = all.flatMap(([task, at]) => {
    if (!isObject(task)) return [];
    const { workspace, tool, compensate } = task;
    const isUndone = isObject(compensate) && ('bash' in compensate || compensate['tool'] === 'bash');
    const brings = (is: boolean, key: string): string[] => (is && !bounds.bringsCommands ? [key] : []);
    const keys = [...(workspace === undefined ? [] : ['workspace']), ...brings(tool === 'bash', 'tool')];
    return [...keys, ...brings(isUndone, 'compensate')].map((key) => ({
      path: `tasks[${at}].${key}`,
      message: `\`${key}\` of a task that is added is not for this key to say.`,
    }));
  });
  const once = new Map(found.map((each) => [each.path, each]));
  if (once.size > 0) throw new OutOfBoundsError([...once.values()]);
}

/** The definition that comes with a call, as it is written; null: a file of the service, or words. */
export async function broughtDefinition({ definition, text }: StartOptions): Promise<JsonValue | null> {
  if (text === undefined) return definition ?? null;
  const [{ readYaml }, { SourceText }, { scriptIn }] = await Promise.all([
    import('../../definition/source/read-yaml.ts'),
    import('../../definition/source/source-text.ts'),
    import('../../definition/formats/script.ts'),
  ]);
  const isScript = scriptIn({ kind: 'text', text, file: 'text' }, undefined) !== null;
  return isScript ? {} : readYaml(new SourceText(text, 'text'), 'yaml').value;
}

/** Whether it is the name of a template, which is no link to elsewhere. */
function isTemplate(bounds: CallerBounds, name: string, known: readonly string[]): boolean {
  const [found] = isTemplateName(name) ? templatesNamed(name, known) : [];
  if (!found) return false;
  return known.some((folder) => isInside(realOf(found.file), realOf(folder))) || isReadable(bounds, found.file);
}

function filesOf({ pool, tracks, patterns }: Asked) {
  return { pool, tracks, patterns };
}

function isPath(cwd: string, name: string): boolean {
  return /[\\/]|^\.+$/.test(name) || existsSync(resolve(cwd, name));
}

function outsideWords(path: string, name: string): string {
  return `\`${path}\` names ${JSON.stringify(name.slice(0, 200))}, which is nothing that callers may name in the folders that the service was started with.`;
}

function folderFindings(bounds: CallerBounds, plan: Plan): Finding[] {
  const own = ownWorkspaces(plan.tasks).map((path) => workspaceOf(plan, { workspace: { path } }).path);
  const found = [...new Set([plan.workspace, ...own])]
    .filter((folder) => !isNameable(bounds, folder))
    .map((folder) => ({ path: 'workspace', message: outsideWords('workspace', folder) }));
  const { communicationFile: file } = plan;
  // Where it usually lies begins with a dot, and nothing else lies there.
  const place = file?.replace(/^\.ai-agents\//, '');
  if (file !== undefined && !isNameable(bounds, resolve(plan.workspace, place!)))
    found.push({ path: 'communication_file', message: outsideWords('communication_file', file) });
  return [...found, ...Object.values(plan.workflows ?? {}).flatMap((nested) => folderFindings(bounds, nested))];
}

function foreignFolders(plan: Plan, cwd: string): Finding[] {
  const isOwn = realOf(plan.workspace) === realOf(cwd) && ownWorkspaces(plan.tasks).length === 0;
  return isOwn ? [] : [{ path: 'workspace', message: '`workspace` is for a key of scope run.' }];
}

function commandFindings(tasks: readonly PlanTask[], brought: JsonValue | null, above?: string): Finding[] {
  return tasks.flatMap(({ id, work, compensate }) => {
    const path = above ?? pathOf(brought, id);
    const isCommand = work?.kind === 'tool' && work.tool === 'bash';
    const undoes = compensate?.kind === 'bash' || (compensate?.kind === 'tool' && compensate.tool === 'bash');
    const of =
      above === undefined
        ? `the task ${id}`
        : above === 'evaluate'
          ? 'a check of `evaluate`'
          : `the task ${id} of a workflow that a task names`;
    const words = (what: string): string => `${of} ${what} a command, which only a key of scope admin may bring.`;
    return [
      ...(isCommand ? [{ path: above ?? `${path}tool`, message: words('is') }] : []),
      ...(undoes ? [{ path: `${path}compensate`, message: words('is undone by') }] : []),
    ];
  });
}

/** Where a task stands in what was brought, with a dot; empty: it is not found as it is written. */
function pathOf(brought: JsonValue | null, id: string): string {
  const places = (holder: JsonValue | undefined, above: string): string[] => {
    if (!isObject(holder)) return [];
    const { tasks, phases } = holder as { tasks?: JsonValue; phases?: JsonValue };
    const here = Array.isArray(tasks) ? tasks.findIndex((task) => isObject(task) && task['id'] === id) : -1;
    const below = Array.isArray(phases) ? phases.flatMap((each, at) => places(each, `${above}phases[${at}].`)) : [];
    return [...(here < 0 ? [] : [`${above}tasks[${here}].`]), ...below];
  };
  return places(brought ?? undefined, '')[0] ?? '';
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
