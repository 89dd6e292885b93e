import { isBlank } from '../../domain/blank-text.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import { editDistance, nearestHint } from '../../domain/nearest.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject, SourceDocument } from '../source/source-document.ts';
import { Translation } from '../source/translated-document.ts';
import type { Format, FormatHelp } from './format.ts';
import { literalText } from './literal-text.ts';
import { Patterns } from './patterns.ts';
import { putRunners, runnerKeys } from './pool-runners.ts';
import { unknownKeys } from './unknown-keys.ts';

/** What a workstream is done with that names no tool, where there is no pool. */
const usualTool = 'aider';

/** Attempts of a workstream in all. */
const maxAttempts = 3;

const ownKeys = ['id', 'depends_on', 'tool', 'files_scope', 'tasks', 'track'];
/** What others call them, without case, `-` and `_`. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  depends_on: ['depends', 'dependson', 'dependencies', 'dependency', 'after', 'needs', 'requires', 'blockedby'],
  files_scope: ['files', 'filesscope', 'filescope', 'scope', 'paths'],
  tasks: ['task', 'steps', 'todo', 'todos'],
  tool: ['tools', 'agent'],
};

const rootKeys = ['workstreams', 'agents', 'tracks', 'patterns'];

/**
 * `{ workstreams: [{ id, depends_on, tool, files_scope, tasks, … }], agents: [{ id, type, track, priority }], tracks: { NAME: [ID] }, patterns: [{ match, use }] }`:
 * what a folder of workstreams and a pool are together. Also a list of workstreams, or one alone.
 */
export const workstreams: Format = {
  name: 'workstreams',

  fits(value) {
    if (Array.isArray(value)) return value.length > 0 && value.every(isWorkstream);
    return isWorkstream(value) || (isJsonObject(value) && Array.isArray(value['workstreams']));
  },

  translate(document, help) {
    return new WorkstreamTranslation(document, help).translate();
  },
};

function isWorkstream(value: JsonValue): boolean {
  if (!isJsonObject(value) || typeof value['id'] !== 'string') return false;
  if (['prompt', 'agentName', 'profile'].some((key) => Object.hasOwn(value, key))) return false;
  const { tasks, tool } = value;
  const isList = Array.isArray(tasks) && tasks.every((task) => typeof task === 'string');
  return isList || (tasks === undefined && tool !== undefined);
}

/** A member of the pool, as far as it can be read. */
interface Member {
  id: string;
  type: string | null;
  track: string | null;
}

class WorkstreamTranslation {
  readonly #document: SourceDocument;
  readonly #native: Translation;
  readonly #paths: ValuePath[];
  readonly #found: Diagnostic[] = [];
  readonly #pool: Member[];
  readonly #patterns: Patterns;
  /** Indexes of those that an agent of theirs does. */
  readonly #ofAgents = new Set<number>();
  readonly #trackOf = new Map<string, string>();

  constructor(document: SourceDocument, help: FormatHelp) {
    this.#document = document;
    this.#native = new Translation(document.name, document);
    const { value } = document;
    const root: ValuePath = isJsonObject(value) && Array.isArray(value['workstreams']) ? ['workstreams'] : [];
    const list = document.valueAt(root);
    this.#paths = Array.isArray(list) ? list.map((_, index) => [...root, index]) : [[]];
    this.#pool = this.#members();
    this.#patterns = new Patterns(this.#isWhole() ? document : new SourceDocument(document.name, null, null), help);
  }

  translate(): { document: SourceDocument; diagnostics: Diagnostic[] } {
    this.#putTracks();
    this.#putPool();
    this.#native.put(['tasks'], [], { document: this.#document, path: [] });
    for (const [index, path] of this.#paths.entries()) this.#putWorkstream(index, path);
    this.#checkKinds();
    if (this.#isWhole())
      this.#found.push(...unknownKeys(this.#document, [[]], rootKeys), ...this.#patterns.diagnostics());
    const words = { tasks: 'workstreams', id: 'id', prompt: 'tasks', profile: 'tool' };
    return { document: this.#native.toDocument(words), diagnostics: this.#found };
  }

  /** Whether it says more than the workstreams. */
  #isWhole(): boolean {
    return this.#paths[0]?.[0] === 'workstreams';
  }

  #members(): Member[] {
    const agents = this.#document.valueAt(['agents']);
    return (Array.isArray(agents) ? agents : []).filter(isJsonObject).map(({ id, type, track }) => {
      return { id: textOf(id) ?? '?', type: textOf(type), track: textOf(track) };
    });
  }

  #putPool(): void {
    const agents = this.#document.valueAt(['agents']);
    if (!Array.isArray(agents) || agents.length === 0) return;
    const from = { document: this.#document, path: ['agents'] };
    this.#native.put(['limits', 'max_parallel'], agents.length, from);
    this.#native.put(['pool'], [], from);
    const paths = agents.map((_, index) => ['agents', index]);
    this.#found.push(...unknownKeys(this.#document, paths, ['id', 'type', 'track', 'priority', ...runnerKeys]));
    for (const [index, member] of agents.entries()) {
      const path: ValuePath = ['agents', index];
      this.#native.put(['pool', index], isJsonObject(member) ? {} : member, { document: this.#document, path });
      for (const key of ['id', 'track', 'priority']) this.#take([...path, key], ['pool', index, key]);
    }
    const kinds = this.#pool.map(({ type }) => type ?? usualTool);
    this.#found.push(...putRunners(this.#native, this.#document, kinds));
  }

  /** Those that are named beside the workstreams, and what workstreams say themselves. */
  #putTracks(): void {
    const tracks = this.#document.valueAt(['tracks']);
    const ids = this.#paths.flatMap((path) => textOf(this.#document.valueAt([...path, 'id'])) ?? []);
    const lengths = new Map<string, number>();
    const put = (name: string, id: JsonValue, path: ValuePath): void => {
      const at = lengths.get(name) ?? 0;
      lengths.set(name, at + 1);
      this.#native.put(['tracks', name, at], id, { document: this.#document, path });
      if (typeof id === 'string') this.#trackOf.set(id, name);
    };
    for (const [name, list] of isJsonObject(tracks) ? Object.entries(tracks) : []) {
      for (const [index, id] of (Array.isArray(list) ? list : [list]).entries()) {
        const path: ValuePath = ['tracks', name, ...(Array.isArray(list) ? [index] : [])];
        if (typeof id !== 'string' || ids.includes(id)) put(name, id, path);
        else
          this.#warn(
            path,
            'unknown-task',
            `there is no workstream ${quoted(id)}: it is left out`,
            nearestHint(id, ids),
          );
      }
    }
    for (const path of this.#paths) {
      const [id, track] = ['id', 'track'].map((key) => this.#document.valueAt([...path, key]));
      if (typeof track !== 'string' || typeof id !== 'string' || this.#trackOf.get(id) === track) continue;
      put(track, id, [...path, 'track']);
    }
  }

  #putWorkstream(index: number, path: ValuePath): void {
    const value = this.#document.valueAt(path)!;
    const from = { document: this.#document, path };
    if (!isJsonObject(value)) return this.#native.put(['tasks', index], value, from);
    const at: ValuePath = ['tasks', index];
    this.#native.put(at, { retry: { max_attempts: maxAttempts } }, from);
    this.#checkShape(path, value);
    this.#checkKeys(path, value);
    this.#take([...path, 'id'], [...at, 'id']);
    this.#putWork(index, path, value);
    this.#take([...path, 'depends_on'], [...at, 'depends_on']);
    this.#take([...path, 'files_scope'], [...at, 'files_scope'], toLiterals);
  }

  #putWork(index: number, path: ValuePath, value: JsonObject): void {
    const at = ['tasks', index];
    const from = { document: this.#document, path };
    const { id, title, tasks = [], files_scope } = value;
    const tool = this.#toolOf(value);
    const context = Object.fromEntries(Object.entries(value).filter(([key]) => !ownKeys.includes(key)));
    const used = typeof id === 'string' ? this.#patterns.use({ id, title, tasks, tool, files_scope, context }) : null;
    if (used) {
      this.#native.put([...at, 'workflow'], used.workflow, { document: this.#document, path: used.path });
      if (Object.keys(used.inputs).length > 0) this.#native.put([...at, 'inputs'], used.inputs, from);
      return;
    }
    this.#ofAgents.add(index);
    if (isBlank(linesOf(value)))
      this.#warn(
        path,
        'no-tasks',
        `${this.#document.nameOf(path) || 'the workstream'} has no tasks: who does it is told its name alone`,
        'say what is to be done: tasks: ["…"]',
      );
    this.#native.put([...at, 'profile'], tool, { document: this.#document, path: [...path, 'tool'] });
    this.#native.put([...at, 'prompt'], toPrompt(value), { document: this.#document, path: [...path, 'tasks'] });
    if (Object.keys(context).length > 0) this.#native.put([...at, 'context'], context, from);
  }

  #checkShape(path: ValuePath, { id, tasks }: JsonObject): void {
    if (id === undefined) {
      const message = 'the workstream has no "id"';
      this.#found.push(this.#document.diagnostic(path, { code: 'missing-key', message }));
    }
    if (tasks === undefined || Array.isArray(tasks) || typeof tasks === 'string') return;
    const message = 'tasks must be a list of texts';
    this.#found.push(this.#document.diagnostic([...path, 'tasks'], { code: 'wrong-type', message }));
  }

  // All other keys are data for whoever does it: so one that only looks like ours would be taken for data without a word.
  #checkKeys(path: ValuePath, value: JsonObject): void {
    for (const key of Object.keys(value)) {
      const meant = ownKeys.includes(key) ? null : meantKey(key);
      if (meant === null || Object.hasOwn(value, meant)) continue;
      const message = `unknown key ${quoted(key)} in ${this.#document.nameOf(path) || 'the workstream'}: it goes along as data`;
      const told = { code: 'unknown-key', message, hint: `did you mean "${meant}"?`, severity: 'warning' } as const;
      this.#found.push(this.#document.diagnostic([...path, key], { ...told, on: 'key' }));
    }
  }

  #take(path: ValuePath, to: ValuePath, change = (value: JsonValue): JsonValue => value): void {
    const value = this.#document.valueAt(path);
    if (value !== undefined) this.#native.put(to, change(value), { document: this.#document, path });
  }

  // The tool picks the kind of agent; without one, whoever will do it is asked.
  #toolOf(workstream: JsonObject): JsonValue {
    const { id, tool } = workstream;
    if (tool !== undefined) return tool;
    const track = typeof id === 'string' ? this.#trackOf.get(id) : undefined;
    const member = this.#pool.find((each) => track !== undefined && each.track === track) ?? this.#pool[0];
    return member?.type ?? usualTool;
  }

  #checkKinds(): void {
    const told = new Set<string>();
    for (const path of this.#paths.filter((_, index) => this.#ofAgents.has(index))) {
      const [id, tool] = ['id', 'tool'].map((key) => textOf(this.#document.valueAt([...path, key])));
      if (!id || !tool || this.#pool.length === 0) continue;
      const track = this.#trackOf.get(id);
      const ofTrack = this.#pool.filter((member) => track !== undefined && member.track === track);
      const members = ofTrack.length > 0 ? ofTrack : this.#pool;
      const key = JSON.stringify([tool, ofTrack.length > 0 && track]);
      if (members.some(({ type }) => type === null || type === tool) || told.has(key)) continue;
      told.add(key);
      const who = members.map((member) => `${member.id} (${member.type})`).join(', ');
      const message = `${quoted(id)} asks for ${quoted(tool)}, and the pool has ${who} for it: it is done as ${quoted(tool)}`;
      this.#warn(
        [...path, 'tool'],
        'tool-differs',
        message,
        'the tool picks the kind of agent, the pool their number and tracks',
      );
    }
  }

  #warn(path: ValuePath, code: string, message: string, hint: string | null): void {
    this.#found.push(this.#document.diagnostic(path, { code, message, hint, severity: 'warning' }));
  }
}

function toPrompt(workstream: JsonObject): string {
  const lines = linesOf(workstream);
  return isBlank(lines) ? `Do the workstream ${textOf(workstream['id']) ?? ''}.` : lines;
}

/** The tasks as they stand, one a line; what is no text as JSON. */
function linesOf({ tasks = [] }: JsonObject): string {
  const all = Array.isArray(tasks) ? tasks : [tasks];
  return all.map((task) => literalText(typeof task === 'string' ? task : JSON.stringify(task))).join('\n');
}

/** The key that a strange one most likely means; null: it is data. Data has names of its own, so a beginning in common is not enough. */
function meantKey(key: string): string | null {
  const other = Object.entries(otherWords).find(([, words]) => words.includes(plain(key)));
  return other?.[0] ?? ownKeys.find((own) => editDistance(plain(own), plain(key)) <= (own.length > 5 ? 1 : 0)) ?? null;
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[-_ ]/g, '');
}

function toLiterals(value: JsonValue): JsonValue {
  if (typeof value === 'string') return [literalText(value)];
  return Array.isArray(value) ? value.map((each) => (typeof each === 'string' ? literalText(each) : each)) : value;
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
