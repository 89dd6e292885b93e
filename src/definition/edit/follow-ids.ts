import type { JsonValue } from '../../domain/json.ts';
import { sitesOf } from '../draft/expression-sites.ts';
import { isJsonObject, formatPath, type ValuePath } from '../source/source-document.ts';
import type { Edit } from './edit.ts';
import { replaced, TaskRenames, type Replacement } from './renamed-expression.ts';
import { namedTasks, placesBefore, shadowAfter, shadowOf, type NamedTasks } from './task-places.ts';
import type { Splice } from './splices.ts';
import type { YamlEditor } from './yaml-editor.ts';

/*
 * An edit may give tasks other ids: the one that was renamed, and those that have none of their own, whose ids come from phase, agent and
 * order. Whatever names them follows: dependencies, tracks and expressions. Dependencies and tracks that name a task which is gone go with it;
 * an expression stays, and is a mistake that is shown.
 */

/** What was there before an edit. */
export interface Before {
  value: JsonValue;
  tasks: NamedTasks;
}

/** Makes what names tasks follow an edit that was just made. @throws EditError */
export function followIds(editor: YamlEditor, edit: Edit, before: Before): void {
  const now = namedTasks(editor.tree.document);
  const was = placesBefore(shadowAfter(shadowOf(before.value), edit));
  const oldIds = new Map(before.tasks.draft.tasks.map(({ path }, at) => [formatPath(path), before.tasks.ids[at]!]));
  const renames = new Map<string, string>();
  const kept = new Set<string>();
  for (const [at, { path }] of now.draft.tasks.entries()) {
    const old = oldIds.get(was.get(formatPath(path)) ?? '');
    if (old === undefined || kept.has(old)) continue;
    kept.add(old);
    if (old !== now.ids[at]) renames.set(old, now.ids[at]!);
  }
  const gone = new Set(before.tasks.ids.filter((id) => !kept.has(id) && !now.ids.includes(id)));
  if (renames.size > 0) renameAll(editor, now, new TaskRenames(renames, { before: before.tasks.ids, after: now.ids }));
  if (gone.size > 0) dropAll(editor, now, gone);
}

/** Where tasks are named by their ids, but for expressions. */
function mentions({ draft }: NamedTasks, value: JsonValue): { path: ValuePath; list: ValuePath; id: string }[] {
  const tracks = isJsonObject(value) && isJsonObject(value['tracks']) ? value['tracks'] : {};
  const lists = [
    ...draft.tasks.flatMap(({ path, keys }) =>
      ['depends_on', 'dependencies'].map((key) => ({ list: [...path, key], entries: keys[key] })),
    ),
    ...Object.entries(tracks).map(([name, entries]) => ({ list: ['tracks', name], entries })),
  ];
  return lists.flatMap(({ list, entries }) =>
    (Array.isArray(entries) ? entries : []).flatMap((entry, index) => {
      const isNested = isJsonObject(entry);
      const id = isNested ? entry['task'] : entry;
      return typeof id === 'string' ? [{ list, id, path: [...list, index, ...(isNested ? ['task'] : [])] }] : [];
    }),
  );
}

function renameAll(editor: YamlEditor, now: NamedTasks, renames: TaskRenames): void {
  const names = mentions(now, editor.value).flatMap(({ path, id }) => {
    const value = renames.newIdOf(id);
    return value === undefined ? [] : [{ path, value, splices: null }];
  });
  const texts = sitesOf(now.draft).flatMap((site) => {
    const { path, value } = site;
    if (editor.valueAt(path) !== value) return [];
    const replacements = renames.in(site);
    if (replacements.length === 0) return [];
    return [{ path, value: replaced(value, replacements), splices: inPlace(editor, path, { value, replacements }) }];
  });
  editor.rewrite([...names, ...texts]);
}

/** The same replacements where the text stands in the file; null: it is written otherwise there. */
function inPlace(
  { tree }: YamlEditor,
  path: ValuePath,
  { value, replacements }: { value: string; replacements: readonly Replacement[] },
): Splice[] | null {
  const entry = tree.entryAt(path);
  if (!entry) return null;
  const raw = tree.text.slice(entry.valueStart, entry.valueEnd);
  const splices = replacements.map(({ from, to, text }): Splice | null => {
    const needle = value.slice(from, to);
    const inValue = placesOf(value, needle);
    const inRaw = placesOf(raw, needle);
    const at = inRaw[inValue.indexOf(from)];
    if (inValue.length !== inRaw.length || at === undefined || /["'\\]/.test(text)) return null;
    return { from: entry.valueStart + at, to: entry.valueStart + at + needle.length, text };
  });
  return splices.some((each) => each === null) ? null : (splices as Splice[]);
}

function placesOf(text: string, needle: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) places.push(at);
  return places;
}

function dropAll(editor: YamlEditor, now: NamedTasks, gone: ReadonlySet<string>): void {
  const dropped = mentions(now, editor.value).filter(({ id }) => gone.has(id));
  editor.removeItems(dropped.map(({ list, path }) => ({ list, index: Number(path[list.length]) })));
}
