import type { JsonObject, JsonValue } from '../domain/json.ts';
import { DefinitionError } from '../definition/source/diagnostic.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import type { SourceDocument, SourceNode } from '../definition/source/source-document.ts';
import { SourceDocument as Document } from '../definition/source/source-document.ts';
import { SourceText } from '../definition/source/source-text.ts';

/** Markdown taken apart: the text of its front matter with the first fence (null: it has none), and what follows. */
export function splitFrontMatter(source: SourceText): { matter: string | null; body: string } {
  const { text } = source;
  const fence = /^---[ \t]*\r?\n/.exec(text);
  if (!fence) return { matter: null, body: text.trim() };
  const closing = /^(?:---|\.\.\.)[ \t]*$/gm;
  closing.lastIndex = fence[0].length;
  // With CRLF the pattern's $ stands before \r only when \r is no part of the line's blanks.
  const end = closing.exec(text.replaceAll('\r', ' '));
  if (!end) {
    const hint = 'close it with a line that holds only ---';
    throw new DefinitionError([
      source.diagnostic(0, { code: 'front-matter', message: 'the front matter is not closed', hint }),
    ]);
  }
  return { matter: text.slice(0, end.index), body: text.slice(end.index + end[0].length).trim() };
}

/**
 * Reads front matter as YAML; where it is none, as the lines `key: text` that coding assistants accept too
 * (descriptions with a colon in them are common).
 *
 * @throws DefinitionError when it is neither
 */
export function readFrontMatter(source: SourceText, matter: string): { document: SourceDocument; isLoose: boolean } {
  // The first fence stays in: it begins a YAML document, and positions are those of the whole file.
  const text = new SourceText(matter, source.file);
  try {
    return { document: readYaml(text), isLoose: false };
  } catch (error) {
    const isSyntax = error instanceof DefinitionError && error.diagnostics.every(({ code }) => looseCodes.has(code));
    const loose = isSyntax ? readLoosely(text) : null;
    if (loose === null) throw error;
    return { document: loose, isLoose: true };
  }
}

const looseCodes = new Set(['syntax', 'alias', 'anchor', 'tag', 'directive']);

/** Lines `key: text`, with text that goes on in indented lines; null when a line is something else. */
function readLoosely(source: SourceText): SourceDocument | null {
  const entries = new Map<string, { keyStart: number; start: number; end: number; lines: string[] }>();
  let offset = 0;
  let current: { end: number; lines: string[] } | null = null;
  for (const line of source.text.split('\n')) {
    const start = offset;
    offset += line.length + 1;
    const key = /^([A-Za-z][A-Za-z0-9_-]*):(?:[ \t]+|$)/.exec(line.trimEnd());
    if (key && !entries.has(key[1]!)) {
      const entry = {
        keyStart: start,
        start: start + key[0].length,
        end: offset - 1,
        lines: [line.slice(key[0].length).trim()],
      };
      entries.set(key[1]!, entry);
      current = entry;
    } else if (current && /^[ \t]/.test(line)) {
      current.lines.push(line.trim());
      current.end = offset - 1;
    } else if (line.trim() !== '' && start > 0 && !line.startsWith('#')) return null;
  }
  const root: SourceNode = { start: 0, end: source.text.length, children: new Map() };
  const values: [string, JsonValue][] = [];
  for (const [name, { keyStart, start, end, lines }] of entries) {
    root.children.set(name, { keyStart, node: { start, end, children: new Map() } });
    values.push([name, looseValue(lines)]);
  }
  return new Document(source.file, Object.fromEntries(values) as JsonObject, { source, root });
}

function looseValue(lines: string[]): JsonValue {
  const items = lines.filter((line) => line !== '');
  if (items.length > 0 && items.every((line) => line.startsWith('- ')))
    return items.map((line) => unquote(line.slice(2).trim()));
  const text = items.join(' ');
  if (text === '') return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : unquote(text);
}

function unquote(text: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
}
