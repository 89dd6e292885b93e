import type { MappedValue, TriggerMapping, TriggerScheme } from '../../domain/hooks/trigger.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { Work } from '../../domain/expressions/expression.ts';
import { nameIndex, readSite, type KnownNames } from '../draft/read-expressions.ts';
import { schemaDiagnostics } from '../schema/schema-errors.ts';
import { DefinitionError, type Diagnostic } from '../source/diagnostic.ts';
import { inlineDocument } from '../source/inline-document.ts';
import { readYaml } from '../source/read-yaml.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import { SourceText } from '../source/source-text.ts';
import { inputProblems } from './check-inputs.ts';
import { keysAt, triggerSchema, type TriggerFile } from './trigger-schema.ts';

/** A trigger that was checked. */
export interface LoadedTrigger {
  name: string;
  scheme: TriggerScheme;
  mapping: TriggerMapping;
}

/** How a trigger is written: a text (`file` is what messages call it; `.json`: it is JSON), or an object. */
export type TriggerSource = { text: string; file: string } | { value: JsonObject };

/** What a trigger names is looked up by. */
export interface TriggerContext {
  /** The workflow of a name or path, and the inputs that it declares; or why there is none. */
  findWorkflow: (word: string) => { workflow: string; inputs: JsonObject } | { problem: string; hint: string | null };
  /** Absolute path of a folder that runs may work in; null: they may not. */
  resolve: (folder: string) => string | null;
  /** Why a run may not have this board, or may not be told to this address, in words; null: it may. */
  objection: (kind: 'board' | 'callback', value: string) => string | null;
}

const noNames: KnownNames = { inputs: nameIndex([]), tasks: nameIndex([]) };

/** Names that have a value in expressions of a trigger. */
const roots = ['payload', 'event'] as const;

/**
 * Reads a trigger, and checks it against the workflow that it starts: what it gives, what it leaves out, and every expression.
 *
 * @throws DefinitionError with everything that is wrong, each at its place
 */
export function loadTrigger(source: TriggerSource, context: TriggerContext): LoadedTrigger {
  const document = openTrigger(source);
  const parsed = triggerSchema.safeParse(document.value);
  if (!parsed.success) throw new DefinitionError(schemaDiagnostics(document, parsed.error, { keysAt }));
  const trigger = parsed.data;
  const reader = new Reader(document);
  const found = context.findWorkflow(trigger.workflow);
  const inputs = Object.fromEntries(
    Object.entries(trigger.inputs ?? {}).map(([name, value]) => [name, reader.value(['inputs', name], value)]),
  );
  if ('problem' in found) {
    const { problem: message, hint } = found;
    reader.diagnostics.push(document.diagnostic(['workflow'], { code: 'missing-file', message, hint }));
  } else reader.diagnostics.push(...inputProblems(document, inputs, found.inputs));
  const mapping = toMapping(trigger, inputs, { reader, context });
  if (reader.diagnostics.length > 0 || 'problem' in found) throw new DefinitionError(reader.diagnostics);
  return { name: trigger.name, scheme: toScheme(trigger.from), mapping: { ...mapping, workflow: found.workflow } };
}

function openTrigger(source: TriggerSource): SourceDocument {
  if ('value' in source) return inlineDocument(source.value, 'trigger');
  const { text, file } = source;
  return readYaml(new SourceText(text, file), file.endsWith('.json') ? 'json' : 'yaml');
}

function toMapping(
  { event = [], when, callback, limits, workspace, board }: TriggerFile,
  inputs: Record<string, MappedValue>,
  { reader, context }: { reader: Reader; context: TriggerContext },
): Omit<TriggerMapping, 'workflow'> {
  return {
    events: typeof event === 'string' ? [event] : event,
    when: when === undefined ? null : reader.condition(['when'], String(when)),
    inputs,
    callback: callback === undefined ? null : reader.address(callback, context),
    limits: (limits ?? {}) as JsonObject,
    workspace: workspace === undefined ? null : reader.folder(['workspace'], context.resolve(workspace)),
    board: board === undefined ? null : reader.board(board, context),
  };
}

function toScheme(from: TriggerFile['from']): TriggerScheme {
  if (typeof from === 'string') return { kind: from };
  const { hmac, delivery, event } = from;
  const lower = (name: string | undefined): string | null => name?.toLowerCase() ?? null;
  return { kind: 'hmac', header: hmac.toLowerCase(), delivery: lower(delivery), event: lower(event) };
}

/** Takes values apart, and keeps what is wrong with their expressions. */
class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: SourceDocument;
  readonly #work = new Work();

  constructor(document: SourceDocument) {
    this.#document = document;
  }

  value(path: ValuePath, value: JsonValue): MappedValue {
    if (typeof value !== 'string') {
      this.#refuseInside(path, value);
      return { value };
    }
    const pieces = this.#pieces(path, value, 'template');
    const [first] = pieces;
    if (pieces.every((piece) => typeof piece === 'string')) return { value: pieces.join('') };
    const isWhole = pieces.length === 1;
    if (isWhole && typeof first === 'object' && first.constant !== undefined) return { value: first.constant };
    const template = pieces.map((piece) => (typeof piece === 'string' ? piece : { expression: piece.expression }));
    return { template, isWhole };
  }

  condition(path: ValuePath, value: string): string {
    const [piece] = this.#pieces(path, value, 'expression');
    return typeof piece === 'object' ? piece.expression : 'false';
  }

  address(written: string, { objection }: TriggerContext): MappedValue {
    const mapped = this.value(['callback'], written);
    if (!('value' in mapped)) return mapped;
    const { value } = mapped;
    const wanted = 'callback must be an address such as https://forge.example/reports';
    this.#refuse(['callback'], isAddress(value) ? objection('callback', value) : wanted);
    return mapped;
  }

  board(name: string, { objection }: TriggerContext): string {
    this.#refuse(['board'], objection('board', name));
    return name;
  }

  folder(path: ValuePath, folder: string | null): string | null {
    const message = 'workspace lies outside of the folders that runs may work in here, or is not there';
    this.#refuse(path, folder === null ? message : null);
    return folder;
  }

  #refuse(path: ValuePath, message: string | null): void {
    if (message !== null) this.diagnostics.push(this.#document.diagnostic(path, { code: 'bad-value', message }));
  }

  #pieces(path: ValuePath, value: string, kind: 'template' | 'expression') {
    const site = { path, value, kind, task: null, phase: null, roots, at: 'before' } as const;
    const { pieces, diagnostics } = readSite(this.#document, site, noNames, this.#work);
    this.diagnostics.push(...diagnostics.filter(({ severity }) => severity === 'error'));
    return pieces
      .filter((piece) => piece !== '')
      .map((piece) =>
        typeof piece === 'string' ? piece : { expression: piece.text.expression, constant: piece.parsed.constant },
      );
  }

  #refuseInside(path: ValuePath, value: JsonValue): void {
    if (!JSON.stringify(value).includes('${{')) return;
    const message = 'an expression stands inside of a list or a group, where none is evaluated';
    const hint = 'write the whole value as one: ${{ [payload.a, "b"] }}';
    this.diagnostics.push(this.#document.diagnostic(path, { code: 'bad-expression', message, hint }));
  }
}

function isAddress(value: JsonValue): value is string {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
