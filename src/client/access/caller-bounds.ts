import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import { GafferError } from '../../domain/errors.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { ownWorkspaces, workspaceOf } from '../../domain/plan/workspace.ts';
import { holdsKeys, isInside, realOf } from '../../host/key-folders.ts';
import type { StartOptions } from '../start-options.ts';

/*
 * What somebody who calls over HTTP may not bring, whatever the workflow says (docs/security.md has the table of all fields).
 *
 * B1 Folders and files are those that the service was started with, links followed: nobody's key reaches beyond them.
 * B2 What a workflow says that came with the call is its caller's word: it brings no command of its own and says nothing of prices, unless
 *    the key is one of scope `admin`. So is what a file says that a run may have written (believed-files.ts).
 */

/** What the caller of a session may reach and bring; a session of somebody at a terminal has none. */
export interface CallerBounds {
  /** Absolute paths of the folders that the service was started with. */
  folders: readonly string[];
  /** Whether what it brings may have commands run, and say what models cost. */
  bringsCommands: boolean;
}

/**
 * A caller names or brings what its key does not allow.
 *
 * @internal
 */
export class OutOfBoundsError extends GafferError {
  override readonly name = 'OutOfBoundsError';
  readonly kind = 'needs-person';
  /** Each of them, with where it stands. */
  readonly diagnostics: readonly Diagnostic[];
  constructor(found: readonly Finding[]) {
    super(found.map(({ message }) => message).join(' '));
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
  const isKnown = file !== undefined && known.some((folder) => isInside(realOf(resolve(cwd, file)), realOf(folder)));
  const all = [...paths, ...folders, ...(file === undefined || isKnown ? [] : [{ path: 'file', name: file }])];
  const found = all.flatMap(({ path, name }) => {
    const isRead = path === 'file' || path.startsWith('agents');
    const outside = leadsOut(bounds, resolve(cwd, name), isRead);
    return outside ? [{ path, message: outsideWords(path, name) }] : [];
  });
  for (const path of ['tools', 'script', 'allowUnsandboxedShell'] as const)
    if (asked[path] !== undefined && asked[path] !== false)
      found.push({ path, message: `\`${path}\` is for whoever starts the service to say.` });
  if (found.length > 0) throw new OutOfBoundsError(found);
}

/**
 * Looks at what came of it.
 *
 * @param brought the definition that came with the call; null: it is a file that is believed
 * @throws OutOfBoundsError
 */
export function checkPlanned(bounds: CallerBounds, plan: Plan, brought: JsonValue | null): void {
  const found = folderFindings(bounds, plan);
  if (brought !== null && !bounds.bringsCommands) {
    const evaluation = plan.workflows?.[plan.evaluate?.plan ?? ''];
    found.push(...commandFindings(plan.tasks, brought));
    if (evaluation) found.push(...commandFindings(evaluation.tasks, null, 'evaluate'));
    if (isObject(brought) && 'models' in brought) {
      found.push({ path: 'models', message: '`models` says what models cost, which only a key of scope admin may.' });
    }
  }
  if (found.length > 0) throw new OutOfBoundsError(found);
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

/** Looks at tasks that are added to a run while it lives: they are their caller's word. @throws OutOfBoundsError */
export function checkAddedTasks(bounds: CallerBounds, tasks: JsonValue): void {
  const found = rawFindings(
    tasks,
    'tasks',
    bounds.bringsCommands ? ['workspace'] : ['workspace', 'compensate', 'tool'],
  );
  if (found.length > 0) throw new OutOfBoundsError(found);
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

function filesOf({ pool, tracks, patterns }: Asked) {
  return { pool, tracks, patterns };
}

function isPath(cwd: string, name: string): boolean {
  return /[\\/]|^\.+$/.test(name) || existsSync(resolve(cwd, name));
}

/** Whether a path leads out of all folders of the service, or to keys; of a folder that is read, so do links that lie directly in it. */
function leadsOut({ folders }: CallerBounds, path: string, isRead = false): boolean {
  const outer = folders.map(realOf);
  const isOut = (each: string): boolean => {
    const real = realThere(each);
    const holder = outer.find((folder) => isInside(real, folder));
    return holder === undefined || (real !== holder && holdsKeys(real));
  };
  return isOut(path) || (isRead && linksIn(path).some(isOut));
}

/** The real path; of what is not there yet, where it would be: a folder above it may be a link. */
function realThere(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realOf(path);
  return join(realThere(dirname(path)), path.slice(dirname(path).length).replace(/^[\\/]/, ''));
}

function linksIn(path: string): string[] {
  if (!existsSync(path) || !lstatSync(realOf(path)).isDirectory()) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink() && /\.(?:md|ya?ml|json)$/.test(entry.name))
    .map((entry) => join(path, entry.name));
}

function outsideWords(path: string, name: string): string {
  return `\`${path}\` names ${JSON.stringify(name.slice(0, 200))}, which is in none of the folders that the service was started with.`;
}

function folderFindings(bounds: CallerBounds, plan: Plan): Finding[] {
  const own = ownWorkspaces(plan.tasks).map((path) => workspaceOf(plan, { workspace: { path } }).path);
  const found = [...new Set([plan.workspace, ...own])]
    .filter((folder) => leadsOut(bounds, folder))
    .map((folder) => ({ path: 'workspace', message: outsideWords('workspace', folder) }));
  return [...found, ...Object.values(plan.workflows ?? {}).flatMap((nested) => folderFindings(bounds, nested))];
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

function rawFindings(value: JsonValue, path: string, keys: readonly string[]): Finding[] {
  if (Array.isArray(value)) return value.flatMap((each, at) => rawFindings(each, `${path}[${at}]`, keys));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = `${path}.${key}`;
    if (keys.includes(key))
      return [{ path: here, message: `\`${key}\` of a task that is added is not for this key to say.` }];
    return ['context', 'input', 'inputs', 'output'].includes(key) ? [] : rawFindings(inner as JsonValue, here, keys);
  });
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
