import type { JsonValue } from '../../domain/json.ts';
import type { CST, Pair, ParsedNode } from 'yaml';
import { isCollection, isMap, isScalar, isSeq } from 'yaml';
import { readYamlTree } from '../source/read-yaml.ts';
import type { ValuePath } from '../source/source-document.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { SourceText } from '../source/source-text.ts';

/*
 * Where the entries of a YAML text stand, with what belongs to them:
 *
 * Y1 An entry is a key with its value, or an item of a list. What stands in lines of its own owns whole lines, from its key or dash to the
 *    end of the line on which its value ends.
 * Y2 The comment lines right above it, in its column, are its own; those above the first key of the file are the file's.
 * Y3 Comment lines right below it that stand deeper than it are its own, too.
 */

/** A key with its value, or an item of a list. Places are offsets into the text. */
export interface Entry {
  kind: 'pair' | 'item';
  /** Whether it stands in brackets, rather than in lines of its own. */
  isFlow: boolean;
  /** Whether it begins behind the dash of an item that it is the first key of. */
  isBehindDash: boolean;
  column: number;
  /** Where its key, dash or, in brackets, item begins. */
  start: number;
  /** Behind the colon or dash. */
  markEnd: number;
  node: ParsedNode | null;
  valueStart: number;
  /** Where its value ends: a block of text with its last line break. */
  valueEnd: number;
  /** Where its own comments above begin; `start`'s line without. */
  leadStart: number;
  /** Behind its last line, comments below included. */
  end: number;
}

type Items = Pair<ParsedNode, ParsedNode | null>[];

/** A YAML text, safely read, with the way to every entry of it. */
export class YamlTree {
  readonly text: string;
  readonly source: SourceText;
  readonly document: SourceDocument;
  readonly #root: ParsedNode | null;

  /** @throws DefinitionError when it cannot be read */
  constructor(text: string, file: string) {
    this.source = new SourceText(text, file);
    this.text = this.source.text;
    const { document, root } = readYamlTree(this.source);
    this.document = document;
    this.#root = root;
  }

  get value(): JsonValue {
    return this.document.value;
  }

  /** Whether the whole text is in brackets, as JSON is. */
  get isFlow(): boolean {
    return isCollection(this.#root) && this.#root.flow === true;
  }

  /** The node at a path; null where nothing is written; undefined: there is no such entry. */
  nodeAt(path: ValuePath): ParsedNode | null | undefined {
    let node: ParsedNode | null = this.#root;
    for (const step of path) {
      const child: ParsedNode | null | undefined = isMap(node)
        ? pairOf(node.items as Items, step)?.value
        : isSeq(node)
          ? (node.items as (ParsedNode | null)[])[Number(step)]
          : undefined;
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  /** The entry at a path, which is not the root; undefined: there is none. */
  entryAt(path: ValuePath): Entry | undefined {
    const parent = this.nodeAt(path.slice(0, -1));
    const step = path.at(-1)!;
    if (isMap(parent)) {
      const index = (parent.items as Items).findIndex(({ key }) => isScalar(key) && key.value === step);
      return index < 0 ? undefined : this.#pair(parent.items[index] as Items[number], { path, parent, index });
    }
    if (isSeq(parent)) return this.#item(parent, Number(step));
    return undefined;
  }

  /** How many entries stand at a path. */
  countAt(path: ValuePath): number {
    const node = this.nodeAt(path);
    return isMap(node) || isSeq(node) ? node.items.length : 0;
  }

  /** Where the line of an offset begins. */
  lineStart(offset: number): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Where the line behind an offset's begins. */
  lineEnd(offset: number): number {
    const at = this.text.indexOf('\n', offset);
    return at === -1 ? this.text.length : at + 1;
  }

  #pair(
    { key, value, srcToken }: Items[number],
    { path, parent, index }: { path: ValuePath; parent: ParsedNode; index: number },
  ): Entry {
    const start = key.range[0];
    const colon = tokenIn((srcToken as CST.CollectionItem | undefined)?.sep, 'map-value-ind');
    const before = this.text.slice(this.lineStart(start), start);
    const isFlow = (parent as { flow?: boolean }).flow === true;
    return this.#entry({
      ...{ kind: 'pair', isFlow, isBehindDash: !isFlow && before.trim() !== '', start, node: value },
      markEnd: colon ? colon + 1 : key.range[1],
      ownsLead: !(path.length === 1 && index === 0),
    });
  }

  #item(parent: ParsedNode, index: number): Entry | undefined {
    const { items, flow, srcToken } = parent as unknown as {
      items: (ParsedNode | null)[];
      flow?: boolean;
      srcToken?: { items: CST.CollectionItem[] };
    };
    const node = items[index];
    if (node === undefined) return undefined;
    const dash = tokenIn(srcToken?.items[index]?.start, 'seq-item-ind');
    const start = flow === true ? node!.range[0] : (dash ?? node!.range[0]);
    const markEnd = flow === true ? start : start + 1;
    const before = this.text.slice(this.lineStart(start), start);
    const isBehindDash = flow !== true && before.trim() !== '';
    return this.#entry({ kind: 'item', isFlow: flow === true, isBehindDash, start, node, markEnd, ownsLead: true });
  }

  #entry({
    ownsLead,
    ...known
  }: Pick<Entry, 'kind' | 'isFlow' | 'isBehindDash' | 'start' | 'markEnd' | 'node'> & { ownsLead: boolean }): Entry {
    const { start, markEnd, node, isFlow, isBehindDash } = known;
    const isWritten = node !== null && node.range[1] > node.range[0];
    const valueStart = isWritten ? node.range[0] : markEnd;
    const valueEnd = isWritten ? contentEnd(node) : markEnd;
    const column = start - this.lineStart(start);
    const place = { ...known, column, valueStart, valueEnd };
    if (isFlow) return { ...place, leadStart: start, end: valueEnd };
    const lineEnd = this.text[valueEnd - 1] === '\n' ? valueEnd : this.lineEnd(valueEnd);
    const leadStart = isBehindDash ? start : ownsLead ? this.#leadStart(start, column) : this.lineStart(start);
    return { ...place, leadStart, end: this.#trailEnd(lineEnd, column) };
  }

  // Y2
  #leadStart(start: number, column: number): number {
    let at = this.lineStart(start);
    while (at > 0) {
      const above = this.lineStart(at - 1);
      if (commentColumn(this.text.slice(above, at)) !== column) break;
      at = above;
    }
    return at;
  }

  // Y3
  #trailEnd(lineEnd: number, column: number): number {
    let end = lineEnd;
    for (let at = lineEnd; at < this.text.length; at = this.lineEnd(at)) {
      const line = this.text.slice(at, this.lineEnd(at));
      if (line.trim() === '') continue;
      const comment = commentColumn(line);
      if (comment === null || comment <= column) break;
      end = this.lineEnd(at);
    }
    return end;
  }
}

function pairOf(items: Items, step: string | number): Items[number] | undefined {
  return items.find(({ key }) => isScalar(key) && key.value === step);
}

/** Of a collection the place behind its last value, without what is written below that. */
function contentEnd(node: ParsedNode): number {
  if (!isCollection(node) || node.flow === true) return node.range[1];
  const last = node.items.at(-1) as ParsedNode | Items[number] | null | undefined;
  if (last === undefined || last === null) return node.range[1];
  if (!('key' in last)) return last.range[1] > last.range[0] ? contentEnd(last) : node.range[1];
  const { key, value } = last;
  if (value !== null && value.range[1] > value.range[0]) return contentEnd(value);
  const colon = tokenIn((last.srcToken as CST.CollectionItem | undefined)?.sep, 'map-value-ind');
  return colon ? colon + 1 : key.range[1];
}

function tokenIn(tokens: readonly CST.SourceToken[] | undefined, type: string): number | undefined {
  return tokens?.find((token) => token.type === type)?.offset;
}

/** The column of a line that is nothing but a comment; else null. */
function commentColumn(line: string): number | null {
  const found = /^( *)#/.exec(line);
  return found ? found[1]!.length : null;
}
