import type { JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import { Translation } from '../source/translated-document.ts';
import type { Format } from './format.ts';
import { unknownKeys } from './unknown-keys.ts';

/** How many tasks the manager may give out where the file does not say. */
const usualIterations = 50;

const rootKeys = ['project_dir', 'communication_file', 'agents', 'coordination'];
const memberKeys = ['id', 'role', 'max_concurrent_tasks'];
const coordinationKeys = ['check_interval_seconds', 'max_iterations', 'max_parallel', 'auto_merge'];

/** `{ project_dir, agents: [{ id, role, max_concurrent_tasks }], coordination }`: a team, which is given one feature to build. */
export const team: Format = {
  name: 'team',

  fits(value) {
    if (!isJsonObject(value) || ['tasks', 'phases', 'workstreams'].some((key) => Object.hasOwn(value, key)))
      return false;
    const isTeam = ['coordination', 'communication_file', 'project_dir'].some((key) => Object.hasOwn(value, key));
    const { agents } = value;
    return (
      Array.isArray(agents) && (isTeam || agents.some((each) => isJsonObject(each) && typeof each['role'] === 'string'))
    );
  },

  // A name is a member's id or role, else that of an agent. The manager is always among them.
  choose(document, names) {
    const from = (path: ValuePath): { document: SourceDocument; path: ValuePath } => ({ document, path });
    const chosen = new Translation(document.name, document);
    for (const [key, value] of Object.entries(isJsonObject(document.value) ? document.value : {}))
      if (key !== 'agents') chosen.put([key], value, from([key]));
    const members = membersOf(document);
    const picked = names.flatMap((name): (Member | string)[] => {
      const found = members.filter(({ id, role }) => id === name || role === name);
      return found.length > 0 ? found : [name];
    });
    const manager = managerOf(members);
    const isLed = picked.some((each) => (typeof each === 'string' ? isManager(each) : each === manager));
    const all = new Set(isLed || !manager ? picked : [manager, ...picked]);
    for (const [index, each] of [...all].entries()) {
      const path = typeof each === 'string' ? ['agents'] : each.path.slice(0, 2);
      chosen.put(['agents', index], typeof each === 'string' ? { id: each } : document.valueAt(path)!, from(path));
    }
    return chosen.toDocument({});
  },

  translate(document) {
    const native = new Translation(document.name, document);
    const at = (...path: ValuePath): { document: SourceDocument; path: ValuePath } => ({ document, path });
    const members = membersOf(document);
    const manager = managerOf(members);
    const folder = document.valueAt(['project_dir']);
    if (folder !== undefined) native.put(['workspace'], folder, at('project_dir'));
    putMerging(native, document, { folder, at: at('coordination', 'auto_merge') });
    const told = document.valueAt(['communication_file']);
    if (told !== undefined) native.put(['communication_file'], told, at('communication_file'));
    native.put(['inputs'], { feature: { type: 'string', description: 'what the team is to build' } }, at());
    const iterations = document.valueAt(['coordination', 'max_iterations']) ?? usualIterations;
    native.put(['limits', 'max_added_tasks'], iterations, at('coordination', 'max_iterations'));
    const atOnce = document.valueAt(['coordination', 'max_parallel']);
    if (atOnce !== undefined) native.put(['limits', 'max_parallel'], atOnce, at('coordination', 'max_parallel'));
    putCapacities(native, document, members);
    if (manager) {
      const others = members.filter((member) => member !== manager);
      native.put(['manager'], manager.role, at(...manager.path));
      for (const [index, { role, path }] of others.entries()) native.put(['delegates', index], role, at(...path));
      for (const [index, task] of tasksOf(manager, others).entries())
        native.put(['tasks', index], task, at(...manager.path));
    }
    const words = { profile: 'role', tasks: 'agents' };
    return { document: native.toDocument(words), diagnostics: checkTeam(document, members) };
  },
};

interface Member {
  id: string;
  /** The agent that it is. */
  role: string;
  most: JsonValue | undefined;
  /** Of its role, or of what stands for it. */
  path: ValuePath;
}

function membersOf(document: SourceDocument): Member[] {
  const agents = document.valueAt(['agents']);
  return (Array.isArray(agents) ? agents : []).flatMap((member, index) => {
    if (!isJsonObject(member)) return [];
    const { id, role, max_concurrent_tasks: most } = member;
    const name = [role, id].find((each): each is string => typeof each === 'string' && each.trim() !== '');
    if (name === undefined) return [];
    const path = ['agents', index, typeof role === 'string' ? 'role' : 'id'];
    return [{ id: typeof id === 'string' ? id : name, role: name, most, path }];
  });
}

function managerOf(members: readonly Member[]): Member | undefined {
  return members.find(({ id, role }) => isManager(id) || isManager(role)) ?? members[0];
}

function isManager(name: string): boolean {
  return /manager|lead|coordinator/i.test(name);
}

/** Two members of one role are one agent that does as much at once as both. */
function putCapacities(native: Translation, document: SourceDocument, members: readonly Member[]): void {
  for (const { role } of members) {
    const same = members.filter((each) => each.role === role && each.most !== undefined);
    const [first] = same;
    if (!first) continue;
    const sum = same.reduce((total, { most }) => total + (typeof most === 'number' ? most : 0), 0);
    const most = same.every((each) => typeof each.most === 'number')
      ? sum
      : same.find((each) => typeof each.most !== 'number')!.most!;
    const path = [...first.path.slice(0, 2), 'max_concurrent_tasks'];
    native.put(['agents', role, 'max_concurrent_tasks'], most, { document, path });
  }
}

/** Members whose work is merged by itself have branches of their own. */
function putMerging(
  native: Translation,
  document: SourceDocument,
  { folder, at }: { folder: JsonValue | undefined; at: { document: SourceDocument; path: ValuePath } },
): void {
  const isMerged = document.valueAt(['coordination', 'auto_merge']);
  if (isMerged === undefined) return;
  native.put(['merge', 'auto'], isMerged, at);
  if (isMerged !== true) return;
  native.put(['workspace'], { ...(folder !== undefined && { path: folder }), isolate: 'worktree' }, at);
}

function tasksOf(manager: Member, others: readonly Member[]): JsonValue[] {
  const names = [...new Set(others.map(({ role }) => role))];
  const crew = names.map(
    (name) =>
      `- ${name}: ${others
        .filter(({ role }) => role === name)
        .map(({ id }) => id)
        .join(', ')}`,
  );
  const own = { profile: manager.role, context_name: manager.id };
  const split = [
    'Feature: ${{ inputs.feature }}',
    '',
    'Split it into tasks for your team, each with what it depends on, so that what can be done side by side is.',
    'A task says all that its agent has to know. The integration comes by itself when all of them have ended.',
    ...(crew.length > 0 ? ['', 'Your team:', ...crew] : []),
  ].join('\n');
  const integrate = [
    'All tasks of the feature have ended. Put their results together: look at the whole as its user would, run what there is to run, and repair what does not fit.',
    'End with what the feature does now, and what is left.',
  ].join('\n');
  return [
    { id: 'split', ...own, decompose: true, prompt: split },
    { id: 'integrate', ...own, depends_on: ['split'], prompt: integrate },
  ];
}

function checkTeam(document: SourceDocument, members: readonly Member[]): Diagnostic[] {
  const agents = document.valueAt(['agents']);
  const paths = (Array.isArray(agents) ? agents : []).map((_, index): ValuePath => ['agents', index]);
  const found = [
    ...unknownKeys(document, [[]], rootKeys),
    ...unknownKeys(document, paths, memberKeys),
    ...unknownKeys(document, [['coordination']], coordinationKeys),
  ];
  if (members.length === 0) {
    const message = 'the team has no member with an id or a role';
    found.push(document.diagnostic(['agents'], { code: 'missing-key', message }));
  }
  return found;
}
