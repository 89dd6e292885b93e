import { isDeepStrictEqual } from 'node:util';
import { groupBy } from '../../domain/evaluation/observation.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { DefinitionError } from '../source/diagnostic.ts';
import { formatPath, isJsonObject, type ValuePath } from '../source/source-document.ts';
import { EditError } from './edit-error.ts';
import { blockLines, flowText, type Style } from './render.ts';
import { rawBlock } from './raw-block.ts';
import { indented, Splices, type Splice } from './splices.ts';
import { inserted, moved, removed, withChanges, withValueAt } from './value-edits.ts';
import { YamlTree } from './yaml-tree.ts';

/*
 * Edits of a YAML text that leave every other byte as it is:
 *
 * E1 A change is made in the text and in the value; the text that came of it is read again, and has to give that value. Where it does not, the
 *    edit is refused and the text stays as it was: nothing is ever lost silently.
 * E2 Of maps and lists only what differs in them is changed.
 * E3 Each change reads the whole text again: how much is read for one editor is bounded, and what belongs together is one change.
 */

/** Most characters that are read for the changes of one text, in which each reading counts as some more: a second or two. */
const mostRead = 3_000_000;
const readingCosts = 20_000;

/** A YAML text that is edited, one change after the other. */
export class YamlEditor {
  readonly #file: string;
  readonly #mark: string;
  readonly #eol: string;
  #tree: YamlTree;
  #read = 0;

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
    if (!isLast) return this.#commit([this.#splices.cutting(path)], expected);
    const empty = Array.isArray(this.valueAt(parent)) ? [] : {};
    this.#commit(
      parent.length === 0 ? [this.#splices.cutting(path)] : [this.#splices.replacing(parent, empty)],
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

  /** Makes several changes of which none touches another at once. `splices`: how each is best written, where that is known. @throws EditError */
  rewrite(changes: readonly { path: ValuePath; value: JsonValue; splices: readonly Splice[] | null }[]): void {
    if (changes.length === 0) return;
    const expected = withChanges(this.value, changes);
    const known = this.#splices;
    const anew = ({ path, value }: (typeof changes)[number]): Splice => known.replacing(path, value);
    try {
      this.#commit(
        changes.flatMap((each) => each.splices ?? [anew(each)]),
        expected,
      );
    } catch (error) {
      if (!(error instanceof EditError) || changes.every(({ splices }) => splices === null)) throw error;
      this.#commit(changes.map(anew), expected);
    }
  }

  /** Removes items of lists at once, with their own comments; a list of which nothing is left goes with them. @throws EditError */
  removeItems(items: readonly { list: ValuePath; index: number }[]): void {
    if (items.length === 0) return;
    const lists = [...groupBy(items, ({ list }) => formatPath(list)).values()].map((same) => ({
      list: same[0]!.list,
      indexes: [...new Set(same.map(({ index }) => index))].toSorted((a, b) => a - b),
    }));
    const isWhole = ({ list, indexes }: (typeof lists)[number]): boolean => indexes.length === this.#tree.countAt(list);
    const gone = lists.flatMap((each): ValuePath[] =>
      isWhole(each) ? [each.list] : each.indexes.map((index) => [...each.list, index]),
    );
    try {
      const splices = this.#splices;
      const cuts = lists.flatMap((each) =>
        isWhole(each)
          ? [splices.cutting(each.list)]
          : runsOf(each.indexes).map(([first, last]) => splices.cutting([...each.list, first], last)),
      );
      const changes = gone.map((path) => ({ path, value: undefined }));
      this.#commit(cuts, withChanges(this.value, changes));
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      // Neighbours that touch each other, or all keys of a map: from the end on, so that places before stay right.
      for (const path of gone.toReversed()) this.remove(path);
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
    const others = Array.from({ length: both }, (_, at) => head + at).filter(
      (at) => !isDeepStrictEqual(old[at], value[at]),
    );
    const isPlain = (at: number): boolean => [old[at], value[at]].every((each) => typeof each !== 'object');
    this.rewrite(others.filter(isPlain).map((at) => ({ path: [...path, at], value: value[at]!, splices: null })));
    for (const at of others) if (!isPlain(at)) this.set([...path, at], value[at]!);
    const gone = Array.from({ length: old.length - tail - head - both }, (_, at) => head + both + at);
    this.removeItems(gone.map((index) => ({ list: path, index })));
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
    const tree = this.#parse(this.#spliced(splices));
    if (!isDeepStrictEqual(tree.value, expected)) throw refusal(this.#file);
    this.#tree = tree;
  }

  #spliced(splices: readonly Splice[]): string {
    const { text } = this.#tree;
    const pieces: string[] = [];
    let at = 0;
    for (const { from, to, text: other } of splices.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
      if (from < at) throw refusal(this.#file);
      pieces.push(text.slice(at, from), this.#eol === '\n' ? other : other.replace(/\r?\n/g, this.#eol));
      at = to;
    }
    return [...pieces, text.slice(at)].join('');
  }

  #parse(text: string): YamlTree {
    this.#read += text.length + readingCosts;
    // E3
    if (this.#read > mostRead)
      throw new EditError(
        `these are too many changes of so long a text at once: send fewer, or change it in the text.`,
      );
    try {
      return new YamlTree(text, this.#file);
    } catch (error) {
      if (error instanceof DefinitionError && !error.diagnostics.some(({ code }) => code.startsWith('too-')))
        throw refusal(this.#file);
      throw error;
    }
  }
}

/** First and last of each run of indexes that follow one another. */
function runsOf(indexes: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs;
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
