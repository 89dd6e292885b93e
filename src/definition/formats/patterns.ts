import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { matchesGlob } from '../../domain/tools/glob.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { Problem, SourceDocument, ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';
import type { FormatHelp, UsedWorkflow } from './format.ts';
import { literalText } from './literal-text.ts';
import { unknownKeys } from './unknown-keys.ts';

/** More could not be overlooked, and each has a file read. */
const mostPatterns = 100;

/** A workstream as what can be passed on of it. */
export interface PassedWorkstream {
  id: string;
  title: JsonValue | undefined;
  tasks: JsonValue;
  tool: JsonValue;
  files_scope: JsonValue | undefined;
  /** All else that it says. */
  context: JsonObject;
}

/** What a workstream runs as, natively; `path`: where that is said. */
export interface PatternUse {
  workflow: string;
  inputs: JsonObject;
  path: ValuePath;
}

interface Pattern {
  match: string;
  path: ValuePath;
  /** Null: it cannot be used, which was told. */
  used: UsedWorkflow | null;
  count: number;
}

/** `patterns: [{ match: 'ws-22*', use: TEMPLATE|FILE }]`: which workstreams run as a workflow. The first that matches wins. */
export class Patterns {
  readonly #document: SourceDocument;
  readonly #patterns: Pattern[] = [];
  readonly #found: Diagnostic[] = [];

  /** @param help - what finds workflows; without it none can be named */
  constructor(document: SourceDocument, help: FormatHelp) {
    this.#document = document;
    const list = document.valueAt(['patterns']);
    if (Array.isArray(list) && list.length <= mostPatterns) this.#read(list, help);
    else if (Array.isArray(list)) {
      this.#tell(['patterns'], 'too-large', `there are more than ${mostPatterns} patterns`, null);
    } else if (list !== undefined && list !== null) {
      this.#tell(['patterns'], 'wrong-type', 'patterns must be a list', '[{ match: "ws-22*", use: FILE }]');
    }
  }

  #read(list: readonly JsonValue[], { workflows }: FormatHelp): void {
    const document = this.#document;
    const paths = list.map((_, index): ValuePath => ['patterns', index]);
    this.#found.push(...unknownKeys(document, paths, ['match', 'use']));
    const known = new Map<string, UsedWorkflow | null>();
    for (const path of paths) {
      const [match, use] = ['match', 'use'].map((key) => this.#textAt([...path, key]));
      const key = JSON.stringify([use, document.fileOf(path)]);
      if (use && !known.has(key)) known.set(key, this.#open(use, [...path, 'use'], workflows));
      if (match && use) this.#patterns.push({ match, path, used: known.get(key)!, count: 0 });
    }
  }

  /** What a workstream runs as; null: it is done by its agent. */
  use(workstream: PassedWorkstream): PatternUse | null {
    const pattern = this.#patterns.find(({ match }) => matchesGlob(workstream.id, match));
    if (!pattern) return null;
    pattern.count++;
    if (!pattern.used) return null;
    const { word, inputs } = pattern.used;
    return { workflow: word, inputs: passed(workstream, inputs), path: [...pattern.path, 'use'] };
  }

  /** What is to be said of them, once every workstream was asked about. */
  diagnostics(): Diagnostic[] {
    const severity = 'warning';
    for (const { match, path, used, count } of this.#patterns) {
      if (count === 0) {
        const message = `no workstream is left for the pattern ${quoted(match)}`;
        const hint = '"*" is any characters, "?" is one; the first pattern that matches wins';
        this.#found.push(this.#document.diagnostic([...path, 'match'], { code: 'no-match', message, hint, severity }));
      } else if (used && !Object.hasOwn(used.inputs, 'tasks')) {
        const message = `${quoted(used.word)} has no input "tasks": it is not told the tasks of ${count === 1 ? 'the workstream' : `the ${count} workstreams`} that it does`;
        const hint = 'declare it there: "inputs: { tasks: { type: array } }"';
        this.#found.push(
          this.#document.diagnostic([...path, 'use'], { code: 'tasks-not-passed', message, hint, severity }),
        );
      }
    }
    return this.#found;
  }

  #textAt(path: ValuePath): string | null {
    const value = this.#document.valueAt(path);
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.#tell(path, 'wrong-type', `${String(path.at(-1))} must be a text`, '{ match: "ws-22*", use: FILE }');
    return null;
  }

  #open(use: string, path: ValuePath, workflows: FormatHelp['workflows']): UsedWorkflow | null {
    const found = workflows?.(use, this.#document.fileOf(path)) ?? {
      problem: `what a workstream runs as stands in a file, and there is none here to look beside`,
      hint: 'leave the patterns out: each workstream is done by its agent',
    };
    if (!('problem' in found)) return found;
    this.#tell(path, 'unknown-workflow', found.problem, found.hint);
    this.#found.push(...(found.errors ?? []));
    return null;
  }

  #tell(path: ValuePath, code: string, message: string, hint: string | null): void {
    const what: Problem = { code, message, hint };
    this.#found.push(this.#document.diagnostic(path, what));
  }
}

/** What a workflow declares of a workstream, as literal values: what it does not declare it would refuse. */
function passed(workstream: PassedWorkstream, declared: JsonObject): JsonObject {
  const own = Object.entries(workstream) as [string, JsonValue | undefined][];
  const values = new Map([...Object.entries(workstream.context), ...own]);
  const optional = new Set(['context', ...own.map(([name]) => name)]);
  const entries = Object.entries(declared).flatMap(([name, declaration]): [string, JsonValue][] => {
    const value = values.get(name);
    if (value === undefined || !isJsonObject(declaration)) return [];
    // Data of the same name may be meant otherwise where it is not asked for.
    const isRequired = declaration['required'] !== false && !Object.hasOwn(declaration, 'default');
    if (!isRequired && !optional.has(name)) return [];
    return [[name, literal(fitting(value, declaration['type'] ?? 'string'))]];
  });
  return Object.fromEntries(entries);
}

/** A list as the text that an agent would have of it, and a text as a list, where that is declared. */
function fitting(value: JsonValue, type: JsonValue): JsonValue {
  if (type === 'array' && typeof value === 'string') return [value];
  if (type !== 'string' || typeof value !== 'object') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');
}

function literal(value: JsonValue): JsonValue {
  if (typeof value === 'string') return literalText(value);
  if (Array.isArray(value)) return value.map(literal);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, literal(each)]));
}
