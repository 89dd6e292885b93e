import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { isJsonObject, type ValuePath } from '../source/source-document.ts';
import { EditError } from './edit-error.ts';
import { blockLines, flowText, type Style } from './render.ts';
import { rawBlock } from './raw-block.ts';
import { indented, Splices, type Splice } from './splices.ts';
import { inserted, moved, removed, withValueAt } from './value-edits.ts';
import { YamlTree } from './yaml-tree.ts';

/*
 * Edits of a YAML text that leave every other byte as it is:
 *
 * E1 A change is made in the text and in the value; the text that came of it is read again, and has to give that value. Where it does not, the
 *    edit is refused and the text stays as it was: nothing is ever lost silently.
 * E2 Of maps and lists only what differs in them is changed.
 */

/** A YAML text that is edited, one change after the other. */
export class YamlEditor {
  readonly #file: string;
  readonly #mark: string;
  readonly #eol: string;
  #tree: YamlTree;

  /** @throws DefinitionError when it cannot be read */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#mark = text.startsWith('\ufeff') ? '\ufeff' : '';
    this.#tree = new YamlTree(text, file);
    this.#eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  }

  get text(): string {
    return this.#mark + this.#tree.text;
  }

  get tree(): YamlTree {
    return this.#tree;
  }

  valueAt(path: ValuePath): JsonValue | undefined {
    return this.#tree.document.valueAt(path);
  }

  /** Makes the value at a path another one; keys that there are not are added, after those that `order` has before them. @throws EditError */
  set(path: ValuePath, value: JsonValue, order: readonly string[] = []): void {
    const old = this.valueAt(path);
    if (old === undefined) this.#add(path, value, order);
    else if (isDeepStrictEqual(old, value)) return;
    // E2
    else if (isJsonObject(old) && isJsonObject(value) && hasAny(old) && hasAny(value)) this.#setMap(path, old, value);
    else if (Array.isArray(old) && Array.isArray(value) && old.length > 0 && value.length > 0)
      this.#setList(path, old, value);
    else this.#commit([this.#splices.replacing(path, value)], withValueAt(this.#tree.value, path, value));
  }

  /** Removes a key or an item with its own comments; nothing where there is none. @throws EditError */
  remove(path: ValuePath): void {
    const entry = this.#tree.entryAt(path);
    if (!entry) return;
    const parent = path.slice(0, -1);
    const isLast = this.#tree.countAt(parent) === 1;
    const expected = removed(this.#tree.value, path);
    if (!isLast) return this.#commit([this.#splices.cutting(path, entry)], expected);
    const empty = Array.isArray(this.valueAt(parent)) ? [] : {};
    this.#commit(
      parent.length === 0 ? [this.#splices.cutting(path, entry)] : [this.#splices.replacing(parent, empty)],
      expected,
    );
  }

  /** Puts an item into a list, which need not be there yet. @throws EditError */
  insert(list: ValuePath, index: number, value: JsonValue, order: readonly string[] = []): void {
    const count = this.#tree.countAt(list);
    const there = this.valueAt(list) ?? [];
    if (!Array.isArray(there)) throw refusal(this.#file);
    if (count === 0) return this.set(list, [value], order);
    const at = Math.min(index, count);
    const expected = inserted(this.#tree.value, { list, at, value });
    const near = this.#tree.entryAt([...list, Math.max(0, at - 1)])!;
    if (!near.isFlow) return this.#insertLines(list, at, { lines: blockLines([value], this.#splices.style), expected });
    const text = flowText(value, this.#splices.style);
    const splice = at === 0 ? behind(near.start, `${text}, `) : behind(near.valueEnd, `, ${text}`);
    this.#commit([splice], expected);
  }

  /** Moves an item, with its comments, to where it is `index`th when it has left its own place. @throws EditError */
  move(from: ValuePath, list: ValuePath, index: number, order: readonly string[] = []): void {
    const entry = this.#tree.entryAt(from)!;
    const value = this.valueAt(from)!;
    const before = this.#tree;
    const target = this.#tree.entryAt([...list, 0]);
    try {
      const raw = entry.isFlow || target?.isFlow === true ? null : rawBlock(this.#tree, entry);
      const rest = before.value;
      this.remove(from);
      if (raw === null) return this.insert(list, index, value, order);
      const isEmpty = this.#tree.countAt(list) === 0;
      if (isEmpty) this.set(list, [{ id: 'placeholder' }], order);
      const at = Math.min(index, isEmpty ? 0 : this.#tree.countAt(list));
      const expected = inserted(this.#tree.value, { list, at, value });
      this.#insertLines(list, at, { lines: raw, expected });
      if (isEmpty) this.remove([...list, 1]);
      else if (!isDeepStrictEqual(this.#tree.value, moved(rest, { from, list, at }))) throw refusal(this.#file);
    } catch (error) {
      this.#tree = before;
      throw error;
    }
  }

  /** Makes several changes of which none touches another at once; where that does not give the value, each by itself. @throws EditError */
  rewrite(changes: readonly { path: ValuePath; value: JsonValue; splices: readonly Splice[] | null }[]): void {
    if (changes.length === 0) return;
    const expected = changes.reduce((value, { path, value: other }) => withValueAt(value, path, other), this.value);
    const splices = changes.map((each) => each.splices ?? [this.#splices.replacing(each.path, each.value)]).flat();
    try {
      this.#commit(splices, expected);
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      for (const { path, value } of changes) this.set(path, value);
    }
  }

  get value(): JsonValue {
    return this.#tree.value;
  }

  get #splices(): Splices {
    return new Splices(this.#tree);
  }

  #setMap(path: ValuePath, old: JsonObject, value: JsonObject): void {
    for (const [key, each] of Object.entries(value)) this.set([...path, key], each, Object.keys(value));
    for (const key of Object.keys(old)) if (!Object.hasOwn(value, key)) this.remove([...path, key]);
  }

  #setList(path: ValuePath, old: readonly JsonValue[], value: readonly JsonValue[]): void {
    let head = 0;
    while (head < old.length && head < value.length && isDeepStrictEqual(old[head], value[head])) head++;
    let tail = 0;
    const most = Math.min(old.length, value.length) - head;
    while (tail < most && isDeepStrictEqual(old.at(-1 - tail), value.at(-1 - tail))) tail++;
    const both = most - tail;
    for (let at = head; at < head + both; at++) this.set([...path, at], value[at]!);
    for (let at = old.length - tail - 1; at >= head + both; at--) this.remove([...path, at]);
    for (let at = head + both; at < value.length - tail; at++) this.insert(path, at, value[at]!);
  }

  #add(path: ValuePath, value: JsonValue, order: readonly string[]): void {
    const parent = path.slice(0, -1);
    const key = path.at(-1)!;
    const holder = this.valueAt(parent);
    if (typeof key === 'number') return this.insert(parent, key, value);
    if (!isJsonObject(holder) || !hasAny(holder)) {
      if (parent.length === 0) return this.#commit([this.#appending({ [key]: value })], { [key]: value });
      return this.set(parent, { [key]: value }, order);
    }
    const expected = withValueAt(this.#tree.value, path, value);
    const keys = Object.keys(holder);
    const rank = order.indexOf(key);
    const before = keys.filter((each) => rank < 0 || (order.indexOf(each) >= 0 && order.indexOf(each) < rank));
    const first = this.#tree.entryAt([...parent, keys[0]!])!;
    const near = before.length === 0 ? first : this.#tree.entryAt([...parent, before.at(-1)!])!;
    if (near.isFlow)
      return this.#commit([behind(near.valueEnd, `, ${flowPair(key, value, this.#splices.style)}`)], expected);
    const lines = blockLines({ [key]: value }, this.#splices.style).map((line) => indented(line, near.column));
    const isBefore = before.length === 0 && !near.isBehindDash;
    this.#commit([this.#splices.lines(isBefore ? this.#tree.lineStart(near.start) : near.end, lines)], expected);
  }

  #appending(value: JsonObject): Splice {
    return this.#splices.lines(this.#tree.text.length, blockLines(value, this.#splices.style));
  }

  #insertLines(list: ValuePath, at: number, { lines, expected }: { lines: string[]; expected: JsonValue }): void {
    const near = this.#tree.entryAt([...list, Math.max(0, at - 1)])!;
    if (near.isBehindDash) throw refusal(this.#file);
    const shown = lines.map((line) => indented(line, near.column));
    const isSpread = this.#splices.isSpread(list);
    if (at > 0) return this.#commit([this.#splices.lines(near.end, isSpread ? ['', ...shown] : shown)], expected);
    this.#commit([this.#splices.lines(near.leadStart, isSpread ? [...shown, ''] : shown)], expected);
  }

  // E1
  #commit(splices: readonly Splice[], expected: JsonValue): void {
    const sorted = splices.toSorted((a, b) => b.from - a.from);
    let { text } = this.#tree;
    for (const { from, to, text: other } of sorted)
      text = text.slice(0, from) + (this.#eol === '\n' ? other : other.replace(/\r?\n/g, this.#eol)) + text.slice(to);
    const tree = this.#read(text);
    if (!isDeepStrictEqual(tree.value, expected)) throw refusal(this.#file);
    this.#tree = tree;
  }

  #read(text: string): YamlTree {
    try {
      return new YamlTree(text, this.#file);
    } catch (error) {
      if (error instanceof DefinitionError && !error.diagnostics.some(({ code }) => code.startsWith('too-')))
        throw refusal(this.#file);
      throw error;
    }
  }
}

function refusal(file: string): EditError {
  return new EditError(`this cannot be changed as ${file} is written: change it in the text.`);
}

function behind(at: number, text: string): Splice {
  return { from: at, to: at, text };
}

function flowPair(key: string, value: JsonValue, style: Style): string {
  return flowText({ [key]: value }, style).replace(/^\{\s*|\s*\}$/g, '');
}

function hasAny(value: JsonObject): boolean {
  return Object.keys(value).length > 0;
}
