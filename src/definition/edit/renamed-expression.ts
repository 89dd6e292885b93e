import { byShortName, parseExpression, toShortName } from '../../domain/expressions/expression.ts';
import type { ExpressionSite } from '../draft/expression-sites.ts';
import { splitText, wholeExpression, type TextExpression } from '../draft/expressions.ts';
import { nameIndex, withShortNames, type KnownNames } from '../draft/read-expressions.ts';

/** A piece of a text that becomes another one. */
export interface Replacement {
  from: number;
  to: number;
  text: string;
}

/** Ids of tasks before and after an edit: how expressions that name them change. */
export class TaskRenames {
  readonly #known: KnownNames;
  readonly #to: ReadonlyMap<string, string>;
  readonly #after: ReadonlyMap<string, readonly string[]>;

  /** @param to new ids by the old ones; `before`, `after`: all ids */
  constructor(to: ReadonlyMap<string, string>, { before, after }: Record<'before' | 'after', readonly string[]>) {
    this.#to = to;
    this.#known = { inputs: nameIndex([]), tasks: nameIndex(before) };
    this.#after = byShortName(after);
  }

  newIdOf(id: string): string | undefined {
    return this.#to.get(id);
  }

  /** What changes in a text with expressions, from left to right. */
  in({ value, kind }: Pick<ExpressionSite, 'value' | 'kind'>): Replacement[] {
    if (kind === 'expression') {
      const whole = wholeExpression(value);
      return 'expression' in whole ? this.#inExpression(value, whole) : [];
    }
    return splitText(value).pieces.flatMap((piece) =>
      typeof piece === 'string' ? [] : this.#inExpression(value, piece),
    );
  }

  #inExpression(value: string, { expression, place }: TextExpression): Replacement[] {
    const start = (place.nth === null ? 0 : nthOpening(value, place.nth)) + place.before.length;
    // What is written with hyphens and dots has the same length, so places stay right.
    const { references } = parseExpression(withShortNames(expression, this.#known));
    return references.flatMap(({ root, member, rootOffset, offset }) => {
      const old = root === 'tasks' && member !== null ? this.#known.tasks.find(member) : undefined;
      const id = old === undefined ? undefined : this.#to.get(old);
      if (old === undefined || id === undefined || this.#known.tasks.writtenAs(member!).length > 1) return [];
      const at = expression.indexOf(old.slice(0, 1), offset);
      const written = expression.slice(at, at + old.length);
      if (written !== old && written !== toShortName(old)) return [];
      const isIndexed = /["']$/.test(expression.slice(0, at));
      if (isIndexed) return [{ from: start + at, to: start + at + old.length, text: id }];
      const named = this.#dotted(id, { isExact: written === old && written !== toShortName(old) });
      const from = named.startsWith('[') ? start + rootOffset + root.length : start + at;
      return [{ from, to: start + at + old.length, text: named }];
    });
  }

  /** How an id is written behind `tasks.`, or, where it cannot be, behind `tasks`. */
  #dotted(id: string, { isExact }: { isExact: boolean }): string {
    const short = toShortName(id);
    const isName = /^[A-Za-z_]\w*$/.test(short) && (this.#after.get(short) ?? []).length <= 1;
    if (!isName) return `[${JSON.stringify(id)}]`;
    return isExact ? id : short;
  }
}

/** The text with its replacements made. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements
    .toSorted((a, b) => b.from - a.from)
    .reduce((whole, { from, to, text: other }) => whole.slice(0, from) + other + whole.slice(to), text);
}

function nthOpening(text: string, nth: number): number {
  let at = text.indexOf('${{');
  for (let count = 0; count < nth; count++) at = text.indexOf('${{', at + 3);
  return at + 3;
}
