import {
  evaluateExpression,
  ExpressionError,
  toPromptText,
  toShortName,
  Work,
} from '../../domain/expressions/expression.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Template } from '../../domain/plan/plan.ts';
import { longestPrompts, sizeText } from '../../domain/source/source-bounds.ts';
import type { KnownNames, ReadExpression, ReadSite } from './read-expressions.ts';
import { diagnosticIn, readSite } from './read-expressions.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { Draft } from './draft.ts';
import { sitesOf } from './expression-sites.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** A text of a plan: whole, or in pieces that only the run can fill in. */
export interface PlanText {
  text: string;
  template: Template | null;
  /** As it was written, where something is filled in. */
  written?: string;
}

/** Everything in a definition that holds expressions, read once, with what is known before the start filled in. */
export class PlanTexts {
  readonly diagnostics: Diagnostic[] = [];
  /** What takes something from the run. */
  readonly expressions: ReadExpression[] = [];
  readonly #sites = new Map<string, ReadSite>();
  readonly #texts = new Map<string, PlanText>();
  /** Those that have no value, which was said; where a text is asked for, they count as null. */
  readonly #wrong = new Set<ReadExpression>();
  readonly #document: SourceDocument;
  readonly #inputs: ResolvedInputs;
  // One measure for the whole file: a thousand constants must not take a thousand times what one may.
  readonly #work = new Work();
  #length = 0;

  constructor(document: SourceDocument, draft: Draft, names: KnownNames, inputs: ResolvedInputs) {
    this.#document = document;
    this.#inputs = inputs;
    for (const site of sitesOf(draft)) {
      const read = readSite(document, site, names, this.#work);
      this.diagnostics.push(...read.diagnostics);
      this.#sites.set(keyOf(site.path), read);
      this.expressions.push(...read.pieces.filter((piece) => typeof piece !== 'string'));
      if (site.kind === 'expression') continue;
      const text = this.#fill(site.path, read);
      this.#texts.set(keyOf(site.path), text);
      if (site.mustBeKnown) this.#refuseOpen(site.path, text);
    }
  }

  /** How long all are together, in characters, as far as they are known before the start. */
  get length(): number {
    return this.#length;
  }

  /** The text at a path. */
  textAt(path: ValuePath): PlanText {
    return this.#texts.get(keyOf(path)) ?? { text: '', template: null };
  }

  /** Source of the condition or list at a path; null when there is none. */
  sourceAt(path: ValuePath): string | null {
    const piece = this.#sites.get(keyOf(path))?.pieces[0];
    return piece === undefined || typeof piece === 'string' ? null : piece.text.expression;
  }

  /** The text at a path, taken apart. */
  readAt(path: ValuePath): ReadSite['pieces'] {
    return this.#sites.get(keyOf(path))?.pieces ?? [];
  }

  /** The text at a path with its expressions as they are, in pieces. */
  piecesAt(path: ValuePath): Template {
    return this.readAt(path).map((piece) =>
      typeof piece === 'string' ? piece : { expression: piece.text.expression },
    );
  }

  /** The value of a condition that needs nothing from the run; undefined when it does, there is none, or what is wrong with it was said. */
  constantAt(path: ValuePath): JsonValue | undefined {
    const piece = this.#sites.get(keyOf(path))?.pieces.find((each) => each !== '');
    if (piece === undefined || typeof piece === 'string') return undefined;
    const value = this.#valueOf(piece);
    return this.#wrong.has(piece) ? undefined : value;
  }

  #fill(path: ValuePath, { pieces }: ReadSite): PlanText {
    const template: Template = [];
    let readable = '';
    let written = '';
    for (const piece of pieces) {
      const value = typeof piece === 'string' ? undefined : this.#valueOf(piece);
      const isOpen = typeof piece !== 'string' && value === undefined;
      const source = typeof piece === 'string' ? piece : `\${{ ${piece.text.expression} }}`;
      const text = typeof piece === 'string' || isOpen ? source : toPromptText(value!);
      if (!this.#count(path, text.length)) return { text: '', template: null };
      readable += text;
      written += source;
      const last = template.at(-1);
      if (isOpen) template.push({ expression: piece.text.expression });
      else if (typeof last === 'string') template[template.length - 1] = last + text;
      else if (text !== '') template.push(text);
    }
    return {
      text: readable,
      template: template.some((piece) => typeof piece !== 'string') ? template : null,
      ...(written !== readable && { written }),
    };
  }

  /** Its value when inputs are all that it takes; undefined when only the run knows it. */
  #valueOf(read: ReadExpression): JsonValue | undefined {
    const { constant, references } = read.parsed;
    if (constant !== undefined) return constant;
    const { open = {} } = this.#inputs;
    const isOpen = (member: string | null): boolean =>
      member === null
        ? Object.keys(open).length > 0
        : Object.keys(open).some((name) => [name, toShortName(name)].includes(member));
    const isKnown = references.every(({ root, member }) => root === 'inputs' && !isOpen(member));
    // An input that is missing or wrong is reported as such.
    if (!isKnown) return undefined;
    if (this.#inputs.diagnostics.length > 0) return this.#toWrong(read);
    try {
      return evaluateExpression(read.text.expression, { inputs: this.#inputs.values }, this.#work);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { message, offset } = error;
      // Whoever asks again is told the same.
      if (!this.#wrong.has(read))
        this.diagnostics.push(diagnosticIn(this.#document, read, { offset, code: 'bad-expression', message }));
      return this.#toWrong(read);
    }
  }

  #toWrong(read: ReadExpression): null {
    this.#wrong.add(read);
    return null;
  }

  /** What must be known before the start cannot wait for the run around it. */
  #refuseOpen(path: ValuePath, { template }: PlanText): void {
    if (template === null || this.#inputs.open === undefined) return;
    const names = Object.keys(this.#inputs.open).join(', ');
    const message = `this must be known before the start, and the workflow that this one is a task of gives ${names} only when it is at it`;
    this.diagnostics.push(
      this.#document.diagnostic(path, { code: 'open-input', message, hint: 'give it a value as it is' }),
    );
  }

  #count(path: ValuePath, length: number): boolean {
    const isOver = this.#length <= longestPrompts && this.#length + length > longestPrompts;
    this.#length += length;
    if (isOver) {
      const message = `with their inputs filled in, the prompts are longer than ${sizeText(longestPrompts)} together`;
      const hint = 'put long text into a file of the workspace';
      this.diagnostics.push(this.#document.diagnostic(path, { code: 'too-large', message, hint }));
    }
    return this.#length <= longestPrompts;
  }
}

/** Both conditions in one, each on lines of its own since it may end in a comment; null when there is none. */
export function bothConditions(first: string | null, second: string | null): string | null {
  return first !== null && second !== null ? `(${first}\n) && (${second}\n)` : (first ?? second);
}

function keyOf(path: ValuePath): string {
  return JSON.stringify(path);
}
