import type { Scalar } from 'yaml';
import { isCollection, isScalar } from 'yaml';
import type { JsonValue } from '../../domain/json.ts';
import { formatPath, type ValuePath } from '../source/source-document.ts';
import { EditError } from './edit-error.ts';
import { blockLines, flowText, scalarText, type Style } from './render.ts';
import { blockAnew } from './scalar-block.ts';
import type { Entry, YamlTree } from './yaml-tree.ts';

/** Text that comes in the place of what stands from `from` to `to`. */
export interface Splice {
  from: number;
  to: number;
  text: string;
}

/** What changes of one text look like in it. */
export class Splices {
  readonly #tree: YamlTree;
  #style: Style | undefined;

  constructor(tree: YamlTree) {
    this.#tree = tree;
  }

  get style(): Style {
    this.#style ??= this.#readStyle();
    return this.#style;
  }

  #readStyle(): Style {
    const { text } = this.#tree;
    const count = (mark: RegExp): number => [...text.matchAll(mark)].length;
    return {
      indentsLists: !/^( *)(?! |#|-)[^\n]*:[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*\1- /m.test(text),
      singleQuotes: count(/[:,[{-] '/g) > count(/[:,[{-] "/g),
    };
  }

  /** Whether empty lines stand between the items of a list. */
  isSpread(list: ValuePath): boolean {
    const count = this.#tree.countAt(list);
    return Array.from({ length: Math.min(count, 20) - 1 }, (_, index) => [index, index + 1] as const).some(
      ([one, other]) => {
        const { end } = this.#tree.entryAt([...list, one])!;
        const { leadStart } = this.#tree.entryAt([...list, other])!;
        return this.#tree.text.slice(end, leadStart).trim() === '' && leadStart > end;
      },
    );
  }

  /** New lines at the beginning of a line, or at the end of the text. */
  lines(at: number, lines: readonly string[]): Splice {
    const { text } = this.#tree;
    const isOpen = at > 0 && text[at - 1] !== '\n';
    const written = lines.join('\n');
    return { from: at, to: at, text: isOpen ? `\n${written}` : `${written}\n` };
  }

  /** What is cut so that an entry is gone, which is not the only one. `last`: with all behind it, up to this one of the same list. */
  cutting(path: ValuePath, last: string | number = path.at(-1)!): Splice {
    const { text } = this.#tree;
    const above = path.slice(0, -1);
    const holder = this.#tree.document.valueAt(above)!;
    const keys = Array.isArray(holder) ? null : Object.keys(holder);
    const beside = (step: string | number, by: number): Entry | undefined => {
      const other = keys === null ? Number(step) + by : keys[keys.indexOf(String(step)) + by];
      return other === undefined || other === -1 ? undefined : this.#tree.entryAt([...above, other]);
    };
    const [entry, end] = [this.#tree.entryAt(path)!, this.#tree.entryAt([...above, last])!];
    const before = beside(path.at(-1)!, -1);
    if (entry.isFlow) {
      if (before) return { from: before.valueEnd, to: end.valueEnd, text: '' };
      return { from: entry.start, to: beside(last, 1)?.start ?? end.valueEnd, text: '' };
    }
    if (entry.isBehindDash) {
      const next = beside(last, 1);
      return { from: entry.start, to: next ? next.leadStart + next.column : end.end, text: '' };
    }
    const { leadStart: from } = entry;
    const { end: to } = end;
    if (!before) return { from, to: to + /^(?:[ \t]*\r?\n)*/.exec(text.slice(to))![0].length, text: '' };
    return { from: withoutGap(text, from, to), to, text: '' };
  }

  replacing(path: ValuePath, value: JsonValue): Splice {
    const entry = this.#tree.entryAt(path);
    if (!entry) throw new EditError(`there is nothing to change at ${formatPath(path)}.`);
    const { node, isFlow, valueStart, valueEnd } = entry;
    const isPlain = (typeof value !== 'object' || value === null) && !String(value).includes('\n');
    if (isFlow)
      return {
        from: valueStart,
        to: valueEnd,
        text: (valueStart === entry.markEnd && entry.kind === 'pair' ? ' ' : '') + flowText(value, this.style),
      };
    const isOnLine = isScalar(node) && !String(node.type).startsWith('BLOCK') && valueEnd > valueStart;
    if (isPlain && isOnLine) {
      const text = scalarText(value, node.type as Scalar.Type | undefined, this.style);
      return { from: valueStart, to: valueEnd, text };
    }
    return this.#replacingLines(entry, value);
  }

  #replacingLines(entry: Entry, value: JsonValue): Splice {
    const { text } = this.#tree;
    const { node, markEnd, valueStart, valueEnd, column } = entry;
    const headEnd = text.indexOf('\n', markEnd) === -1 ? text.length : text.indexOf('\n', markEnd);
    const isBlock = isScalar(node) && String(node.type).startsWith('BLOCK');
    // A comment behind the value, or behind the head of what goes on below.
    const isBelow = isBlock || (isCollection(node) && node.flow !== true && valueStart > headEnd);
    const lineEnd = this.#tree.lineEnd(Math.max(valueEnd - 1, markEnd));
    const tail = isBelow ? text.slice(markEnd, headEnd) : text.slice(valueEnd, lineEnd);
    const comment = /(?:^|\s)(#.*)$/.exec(tail.trimEnd())?.[1];
    const [head = '', ...rest] =
      isBlock && typeof value === 'string' ? blockAnew(text, entry, value) : this.#valueLines(entry, value);
    const lines = [
      `${head}${comment === undefined ? '' : ` ${comment}`}`,
      ...rest.map((line) => indented(line, column)),
    ];
    const end = text.slice(markEnd, lineEnd).endsWith('\n') ? '\n' : '';
    return { from: markEnd, to: lineEnd, text: lines.join('\n') + end };
  }

  /** What stands behind the mark of an entry, and below it, its column left out. */
  #valueLines({ kind }: Entry, value: JsonValue): string[] {
    const lines = blockLines(kind === 'item' ? [value] : { k: value }, this.style);
    return [lines[0]!.slice(kind === 'item' ? 1 : 2), ...lines.slice(1)];
  }
}

/** A line in a column; an empty one stays empty. */
export function indented(line: string, column: number): string {
  return line.trim() === '' ? '' : ' '.repeat(column) + line;
}

/** Of two gaps that would meet one is left: the empty lines above what is cut go with it. */
function withoutGap(text: string, from: number, to: number): number {
  const isGapBelow = to >= text.length || /^[ \t]*\r?\n/.test(text.slice(to, to + 200));
  if (!isGapBelow) return from;
  let at = from;
  while (at > 0) {
    const above = text.lastIndexOf('\n', at - 2) + 1;
    if (text.slice(above, at).trim() !== '') break;
    at = above;
  }
  return at;
}
