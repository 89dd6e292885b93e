/*
 * Front matter that is no YAML, read line by line.
 *
 * L1 A key begins its line. In a text for people (`description`) only keys that agent files have end it, and none between <example> tags.
 * L2 What could say what an agent may do is never taken for text: where it stands in one, is indented or is written in another way, the file is refused.
 *    In an example it is text where the file says that elsewhere.
 * L3 Behind a list only entries of it go on; anything else is refused, as its words could be names of tools.
 */
import type { JsonObject, JsonValue } from '../domain/json.ts';
import { DefinitionError, quoted } from '../definition/source/diagnostic.ts';
import type { SourceNode } from '../definition/source/source-document.ts';
import { SourceDocument } from '../definition/source/source-document.ts';
import type { SourceText } from '../definition/source/source-text.ts';
import { ownKey } from './agent-schema.ts';
import { isAgentKey, isLimit, saysOfHands } from './hands-keys.ts';
import { handsIn, isHiddenInExample } from './hands-lines.ts';

interface Entry {
  keyStart: number;
  start: number;
  end: number;
  lines: string[];
}

const texts = new Set(['description', 'whenToUse', 'prompt', 'instructions', 'system']);

/**
 * Lines `key: text`, with text that goes on in further lines; null when a line is something else.
 *
 * @throws DefinitionError where what the agent may do stands in a text (L2)
 */
export function readLoosely(source: SourceText): SourceDocument | null {
  const entries = new Map<string, Entry>();
  const hidden: { name: string; at: number; isExample: boolean }[] = [];
  const isExample = examplesIn(source.text);
  let offset = 0;
  let current: { name: string; entry: Entry } | null = null;
  for (const line of source.text.split('\n')) {
    const start = offset;
    offset += line.length + 1;
    const isText = current !== null && texts.has(current.name);
    const key = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+|$)/.exec(line.trimEnd());
    const name = key?.[1] ?? '';
    if (key && !isExample(start) && (!isText || isAgentKey(name))) {
      if (entries.has(name)) return null;
      const from = key[0].length;
      const entry: Entry = { keyStart: start, start: start + from, end: offset - 1, lines: [line.slice(from).trim()] };
      entries.set(name, entry);
      current = { name, entry };
      // Some editors begin a new line where we do not.
      const more = handsIn(line.slice(from).replace(/^[^\v\f\u0085\u2028\u2029]*/, ''));
      if (more !== null) hidden.push({ name: more, at: start, isExample: false });
      continue;
    }
    if (current === null || line.trim() === '') {
      if (line.trim() !== '' && line.trim() !== '---' && !line.startsWith('#')) return null;
      continue;
    }
    const inside = handsIn(line);
    if (inside !== null) hidden.push({ name: inside, at: start, isExample: isExample(start) });
    if (!isText && !/^(?:[ \t]|- )/.test(line)) {
      if (line.startsWith('#')) continue;
      return null;
    }
    current.entry.lines.push(line.trim());
    current.entry.end = offset - 1;
  }
  const said = saidIn(entries);
  const first = hidden.find(({ name, isExample }) => !isExample || isHiddenInExample(name, said));
  if (first) throw hiddenHands(source, first);
  return toDocument(source, entries);
}

/**
 * That a text of several lines, in front matter that is YAML, holds what says what the agent may do; in quotes and blocks it is text.
 *
 * @throws DefinitionError
 */
export function refuseHidden(source: SourceText): void {
  let isText = false;
  let offset = 0;
  for (const line of source.text.split('\n')) {
    const [, key, rest] = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+|$)(.*)$/.exec(line.trimEnd()) ?? [];
    if (key !== undefined) isText = texts.has(ownKey(key)) && !/^[|>"'&!*[{]/.test(rest!);
    const name = key === undefined && isText ? handsIn(line) : null;
    if (name !== null) throw hiddenHands(source, { name, at: offset });
    offset += line.length + 1;
  }
}

/** What the keys say of an agent's hands; to say that it may write holds nobody back. */
function saidIn(entries: ReadonlyMap<string, Entry>): Set<string> {
  const names = [...entries].filter(([name, { lines }]) => ownKey(name) !== 'readonly' || looseValue(lines) === true);
  return new Set(names.map(([name]) => ownKey(name)).filter((name) => isLimit(name) || saysOfHands(name)));
}

/** Whether a place lies between the tags of an example that has both; asked from the first place to the last. */
function examplesIn(text: string): (offset: number) => boolean {
  const ends = '</example>';
  const lower = text.replace(/[A-Z]+/g, (word) => word.toLowerCase());
  let from = lower.indexOf('<example>');
  let to = lower.indexOf(ends, from);
  return (offset) => {
    while (from !== -1 && to !== -1 && to + ends.length <= offset) {
      from = lower.indexOf('<example>', to);
      to = lower.indexOf(ends, from);
    }
    return from !== -1 && offset > from && offset < to + ends.length;
  };
}

function hiddenHands(source: SourceText, { name, at }: { name: string; at: number }): DefinitionError {
  const message = `${quoted(name)} would be text here, and it could be meant to say what the agent may do`;
  const hint =
    'begin a line of its own with it, as "tools: Read", outside of examples; or put the text before it in quotes';
  return new DefinitionError([source.diagnostic(at, { code: 'hidden-hands', message, hint })]);
}

function toDocument(source: SourceText, entries: ReadonlyMap<string, Entry>): SourceDocument {
  const root: SourceNode = { start: 0, end: source.text.length, children: new Map() };
  const values: [string, JsonValue][] = [];
  for (const [name, { keyStart, start, end, lines }] of entries) {
    root.children.set(name, { keyStart, node: { start, end, children: new Map() } });
    values.push([name, texts.has(name) ? textOf(lines) : looseValue(lines)]);
  }
  return new SourceDocument(source.file, Object.fromEntries(values) as JsonObject, { source, root });
}

function textOf(lines: string[]): string | null {
  const [first = '', ...more] = lines;
  const text = [/^[|>][+-]?\d?$/.test(first) ? '' : first, ...more].filter((line) => line !== '').join(' ');
  return text === '' ? null : unquote(text);
}

function looseValue(lines: string[]): JsonValue {
  const items = lines.map((line) => line.replace(/(?:^|\s)#.*$/, '').trim()).filter((line) => line !== '');
  if (items.length > 0 && items.every((line) => /^-(?:\s|$)/.test(line)))
    return items.map((line) => unquote(line.slice(1).trim())).filter((line) => line !== '');
  const text = items.join(' ');
  if (text === '' || /^(?:null|~)$/.test(text)) return null;
  if (/^(?:true|false)$/.test(text)) return text === 'true';
  if (/^\[\s*\]$/.test(text)) return [];
  return /^\d{1,9}$/.test(text) ? Number(text) : unquote(text);
}

function unquote(text: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
}
