import { DefinitionError } from '../definition/source/diagnostic.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import { SourceText } from '../definition/source/source-text.ts';
import { readLoosely } from './loose-front-matter.ts';

/** Markdown taken apart: the text of its front matter with the first fence (null: it has none), and what follows. */
export function splitFrontMatter(source: SourceText): { matter: string | null; body: string } {
  const { text } = source;
  const fence = /^\s*?---[ \t]*\r?\n/.exec(text);
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
 * That a file has front matter where it is not read: behind other text, in a code block, or between `+++`.
 *
 * @throws DefinitionError
 */
export function refuseMisplaced(source: SourceText): void {
  const head = source.text.split('\n', 12).join('\n');
  const found = /^(?:---|\+\+\+)[ \t]*\r?\n(?:[ \t]*\r?\n)*(?:name|description)[ \t]*[:=]/m.exec(head);
  if (!found) return;
  const isToml = found[0].startsWith('+');
  const message = isToml ? 'front matter between "+++" is not read' : 'the front matter is not the first of the file';
  const hint = isToml
    ? 'write it between lines of "---", as "key: text"'
    : 'put it at the top: only blank lines may stand before it';
  throw new DefinitionError([source.diagnostic(found.index, { code: 'front-matter', message, hint })]);
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

const looseCodes = new Set(['syntax', 'alias', 'anchor', 'tag', 'directive', 'tab-indent', 'key-not-text']);
