import type { JsonValue } from '../../domain/json.ts';
import type { Draft, DraftTask } from './draft.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** A place in a definition where expressions stand. */
export interface ExpressionSite {
  path: ValuePath;
  value: string;
  /** Text with expressions in it, one expression, or text of which every expression must be known before the start. */
  kind: 'template' | 'expression' | 'fixed';
  /** Whether it takes inputs only, so that nothing in it may be left to the run. */
  mustBeKnown?: true;
  /** Index into {@link Draft.tasks}; null for a phase, and for an output of the run. */
  task: number | null;
  /** Index of the phase that it belongs to; null: to none. */
  phase: number | null;
  /** Names that have a value there. */
  roots: readonly string[];
  /** When it is evaluated: then the task's (or phase's) own result is there. */
  at: 'before' | 'after';
}

/** Names that have a value in expressions, apart from `item`. */
export const scopeNames = ['inputs', 'tasks', 'task', 'issues', 'state', 'previous'] as const;
const withItem = [...scopeNames, 'item'];
const ofCheck = ['result', 'usage', 'inputs'];
const ofRun = ['inputs', 'tasks', 'issues', 'state', 'previous'];

type Place = Pick<ExpressionSite, 'kind' | 'at' | 'roots' | 'mustBeKnown'>;

/** Every text of a draft in which expressions can stand. */
export function sitesOf(draft: Draft): ExpressionSite[] {
  const phases = draft.phases.flatMap(({ path, keys }, phase) => {
    const found = new Sites({ task: null, phase });
    found.add([...path, 'when'], keys['when'], { kind: 'expression', at: 'before', roots: scopeNames });
    found.addIn([...path, 'repeat'], keys['repeat'], {
      until: { kind: 'expression', at: 'after', roots: scopeNames },
    });
    return found.sites;
  });
  return [
    ...phases,
    ...draft.tasks.flatMap((task, index) => sitesOfTask(task, index)),
    ...sitesOfOutputs(draft),
    ...sitesOfChecks(draft),
  ];
}

function sitesOfOutputs({ outputs }: Draft): ExpressionSite[] {
  const found = new Sites({ task: null, phase: null });
  for (const [name, value] of Object.entries(outputs))
    if (typeof value === 'string')
      found.add(['outputs', name], value, { kind: 'expression', at: 'after', roots: ofRun });
  return found.sites;
}

function sitesOfChecks({ evaluate }: Draft): ExpressionSite[] {
  const found = new Sites({ task: null, phase: null });
  for (const [index, { expression, judge }] of (evaluate?.checks ?? []).entries()) {
    const path = ['evaluate', 'checks', index];
    const rubric: Place = { kind: 'template', at: 'after', roots: ['inputs'], mustBeKnown: true };
    found.add([...path, 'expression'], expression, { kind: 'expression', at: 'after', roots: ofCheck });
    if (typeof judge === 'string') found.add([...path, 'judge'], judge, rubric);
    else found.addIn([...path, 'judge'], judge, { rubric });
  }
  return found.sites;
}

function sitesOfTask({ path, phase, keys, isForEach, work }: DraftTask, task: number): ExpressionSite[] {
  const found = new Sites({ task, phase });
  const inside = isForEach ? withItem : scopeNames;
  const condition: Place = { kind: 'expression', at: 'before', roots: scopeNames };
  const undo: Place = { kind: 'template', at: 'after', roots: inside };
  found.add([...path, 'prompt'], keys['prompt'], { kind: 'template', at: 'before', roots: inside });
  found.add([...path, 'when'], keys['when'], condition);
  found.add([...path, 'for_each'], keys['for_each'], condition);
  found.addIn([...path, 'for_each'], keys['for_each'], { items: condition });
  found.addIn([...path, 'repeat'], keys['repeat'], { until: { ...condition, at: 'after' } });
  const value: Place = { kind: 'template', at: 'before', roots: inside };
  if (work === 'workflow') found.addDeep([...path, 'inputs'], keys['inputs'], value);
  if (work === 'tool') found.addDeep([...path, 'input'], keys['input'], value);
  found.addIn([...path, 'compensate'], keys['compensate'], { bash: undo, prompt: undo });
  if (isJsonObject(keys['compensate'])) {
    const fixed: Place = { kind: 'fixed', at: 'before', roots: ['inputs'], mustBeKnown: true };
    found.addDeep([...path, 'compensate', 'input'], keys['compensate']['input'], fixed);
  }
  if (isJsonObject(keys['approval'])) {
    const { at, when } = keys['approval'];
    const isAfter = (at ?? when) === 'after';
    const isWord = when === 'before' || when === 'after';
    const place: Place = { kind: 'expression', at: isAfter ? 'after' : 'before', roots: inside };
    if (!isWord) found.add([...path, 'approval', 'when'], when, place);
  }
  for (const [index, glob] of (Array.isArray(keys['files_scope']) ? keys['files_scope'] : []).entries()) {
    const roots = isForEach ? ['inputs', 'item'] : ['inputs'];
    const known = isForEach ? {} : { mustBeKnown: true as const };
    found.add([...path, 'files_scope', index], glob, { kind: 'template', at: 'before', roots, ...known });
  }
  return found.sites;
}

class Sites {
  readonly sites: ExpressionSite[] = [];
  readonly #owner: Pick<ExpressionSite, 'task' | 'phase'>;

  constructor(owner: Pick<ExpressionSite, 'task' | 'phase'>) {
    this.#owner = owner;
  }

  add(path: ValuePath, value: JsonValue | undefined, place: Place): void {
    const text = place.kind === 'expression' ? toSource(value) : typeof value === 'string' ? value : null;
    if (text !== null && text.trim() !== '') this.sites.push({ path, value: text, ...place, ...this.#owner });
  }

  addIn(path: ValuePath, value: JsonValue | undefined, places: Record<string, Place>): void {
    if (!isJsonObject(value)) return;
    for (const [key, place] of Object.entries(places)) {
      if (Object.hasOwn(value, key)) this.add([...path, key], value[key], place);
    }
  }

  /** The depth of a definition is bounded, so recursion is safe. */
  addDeep(path: ValuePath, value: JsonValue | undefined, place: Place): void {
    if (typeof value === 'string' && value.includes('${{')) this.add(path, value, place);
    if (Array.isArray(value)) for (const [index, item] of value.entries()) this.addDeep([...path, index], item, place);
    else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) this.addDeep([...path, key], item, place);
    }
  }
}

/** The source of a condition or a list: a text, `true` or `false`, or a list that is written out. */
function toSource(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? JSON.stringify(value) : null;
}
