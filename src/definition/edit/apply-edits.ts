import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { isForeign } from '../formats/open-definition.ts';
import { phaseSchema, taskSchema } from '../schema/schema-tasks.ts';
import { workflowSchema } from '../schema/schema.ts';
import { formatPath, isJsonObject } from '../source/source-document.ts';
import type { Edit, EditPlace } from './edit.ts';
import { EditError } from './edit-error.ts';
import { followIds } from './follow-ids.ts';
import { namedTasks, type NamedTasks } from './task-places.ts';
import { YamlEditor } from './yaml-editor.ts';

const taskKeys = Object.keys(taskSchema.shape);
const phaseKeys = Object.keys(phaseSchema.shape);
const topKeys = Object.keys(workflowSchema.shape);
/** Keys that edits of their own are for. */
const structure = ['tasks', 'phases'];

/**
 * Makes edits in the text of a workflow file, one after the other. All else stays as it is, to the byte: comments, order, quotes, empty lines.
 * What names a task follows it.
 *
 * @throws DefinitionError when the text cannot be read; EditError when an edit cannot be made: then none is
 */
export function applyEdits(text: string, edits: readonly Edit[], file = 'workflow.yaml'): string {
  if (edits.length === 0) return text;
  const editor = new YamlEditor(text, file);
  const why = whyNotEdited(editor);
  if (why !== null) throw new EditError(why);
  for (const edit of edits) {
    const before = { value: editor.value, tasks: namedTasks(editor.tree.document) };
    refuseTaken(edit, before.tasks);
    make(editor, edit);
    followIds(editor, edit, before);
  }
  return editor.text;
}

/** Why a text cannot be edited here; null: it can. */
export function whyNotEdited({ value, tree }: Pick<YamlEditor, 'value' | 'tree'>): string | null {
  if (value === null) return null;
  const convert = 'write it as a workflow file first (`gaffer convert`, or Convert on the page)';
  if (!isJsonObject(value)) return 'this is not a workflow file: it has no keys.';
  if (isForeign(value))
    return `this is a definition of another format, and only workflow files are edited: ${convert}.`;
  return tree.isFlow ? `this is JSON, which has no place for comments: ${convert}.` : null;
}

/** Two tasks of one id would be one to all that names them, and no edit could part them again. */
function refuseTaken(edit: Edit, { draft }: NamedTasks): void {
  if (edit.do !== 'rename-task' && !(edit.do === 'set' && edit.key === 'id' && !isPhase(edit.at))) return;
  const id = edit.do === 'set' ? edit.value : edit.id;
  const isTaken = draft.tasks.some(({ path, keys }) => keys['id'] === id && formatPath(path) !== formatPath(edit.at));
  if (isTaken) throw new EditError(`there is a task ${JSON.stringify(id)} already.`);
}

function make(editor: YamlEditor, edit: Edit): void {
  switch (edit.do) {
    case 'set':
      return setKey(editor, edit);
    case 'unset':
      return editor.remove([...placeIn(editor, edit.at), edit.key]);
    case 'rename-task':
      return editor.set([...taskAt(editor, edit.at), 'id'], edit.id, taskKeys);
    case 'add-task':
      return editor.insert(listOf(editor, edit.phase), edit.index ?? Infinity, inOrder(edit.task, taskKeys), topKeys);
    case 'remove-task':
      editor.remove(taskAt(editor, edit.at));
      return tidy(editor);
    case 'move-task':
      editor.move(taskAt(editor, edit.at), listOf(editor, edit.phase), edit.index, topKeys);
      return tidy(editor);
    case 'connect':
      return connect(editor, edit);
    case 'disconnect':
      return disconnect(editor, edit);
    case 'add-phase':
      return editor.insert(['phases'], edit.index ?? Infinity, inOrder(edit.phase, phaseKeys), topKeys);
    case 'remove-phase':
      editor.remove(phaseAt(editor, edit.at));
      return tidy(editor);
    case 'move-phase':
      return editor.move(phaseAt(editor, edit.at), ['phases'], edit.index, topKeys);
  }
}

function setKey(editor: YamlEditor, { at, key, value }: Extract<Edit, { do: 'set' }>): void {
  const place = placeIn(editor, at);
  const keys = at.length === 0 ? topKeys : isPhase(at) ? phaseKeys : taskKeys;
  if (!keys.includes(key) || (structure.includes(key) && keys !== taskKeys))
    throw new EditError(`there is no key ${JSON.stringify(key)} to set in ${formatPath(at) || 'a workflow'}.`);
  editor.set([...place, key], value, keys);
}

function connect(editor: YamlEditor, { at, task }: Extract<Edit, { do: 'connect' }>): void {
  const place = taskAt(editor, at);
  const key = editor.valueAt([...place, 'dependencies']) === undefined ? 'depends_on' : 'dependencies';
  const list = [...place, key];
  if (dependencies(editor, list).some((each) => idOf(each) === task)) return;
  if (dependencies(editor, list).length === 0) editor.set(list, [task], taskKeys);
  else editor.insert(list, Infinity, task);
}

function disconnect(editor: YamlEditor, { at, task }: Extract<Edit, { do: 'disconnect' }>): void {
  const place = taskAt(editor, at);
  for (const list of [
    [...place, 'depends_on'],
    [...place, 'dependencies'],
  ]) {
    const waits = [...dependencies(editor, list).entries()].filter(([, each]) => idOf(each) === task);
    editor.removeItems(waits.map(([index]) => ({ list, index })));
  }
}

/** A list at the top that is empty says nothing where there is the other one. */
function tidy(editor: YamlEditor): void {
  const isEmpty = (key: string): boolean => (editor.valueAt([key]) as JsonValue[] | undefined)?.length === 0;
  const has = (key: string): boolean => editor.valueAt([key]) !== undefined && !isEmpty(key);
  if (isEmpty('tasks') && has('phases')) editor.remove(['tasks']);
  if (isEmpty('phases') && has('tasks')) editor.remove(['phases']);
}

function listOf(editor: YamlEditor, phase: number | null): EditPlace {
  return phase === null ? ['tasks'] : [...phaseAt(editor, ['phases', phase]), 'tasks'];
}

function placeIn(editor: YamlEditor, at: EditPlace): EditPlace {
  return at.length === 0 ? at : isPhase(at) ? phaseAt(editor, at) : taskAt(editor, at);
}

function isPhase(at: EditPlace): boolean {
  return at.length === 2 && at[0] === 'phases';
}

function phaseAt(editor: YamlEditor, at: EditPlace): EditPlace {
  if (isPhase(at) && isJsonObject(editor.valueAt(at))) return at;
  throw new EditError(`there is no phase at ${formatPath(at)}: the text is another one by now.`);
}

function taskAt(editor: YamlEditor, at: EditPlace): EditPlace {
  const isTask = /^(?:phases\[\d+\]\.)?tasks\[\d+\]$/.test(formatPath(at));
  if (isTask && isJsonObject(editor.valueAt(at))) return at;
  throw new EditError(`there is no task at ${formatPath(at)}: the text is another one by now.`);
}

function dependencies(editor: YamlEditor, list: EditPlace): JsonValue[] {
  const entries = editor.valueAt(list);
  return Array.isArray(entries) ? entries : [];
}

function idOf(entry: JsonValue): JsonValue | undefined {
  return isJsonObject(entry) ? entry['task'] : entry;
}

function inOrder(value: JsonObject, keys: readonly string[]): JsonObject {
  const known = keys.filter((key) => Object.hasOwn(value, key));
  const others = Object.keys(value).filter((key) => !known.includes(key));
  return Object.fromEntries([...known, ...others].map((key) => [key, value[key]!]));
}
