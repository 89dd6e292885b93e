import { DefinitionError, quoted } from '../definition/source/diagnostic.ts';
import { readYaml } from '../definition/source/read-yaml.ts';
import type { SourceDocument } from '../definition/source/source-document.ts';
import { SourceText } from '../definition/source/source-text.ts';
import { isAgentKey } from './hands-keys.ts';
import { readLoosely, refuseHidden } from './loose-front-matter.ts';

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

const misplaced =
  /^[ \t]*(-{3,}|[—–]+|\+{3,}|;{3,}|={3,}|~{3,})[ \t]*(.{0,40})\n(?:[ \t]*\n)*[ \t{]*["']?([A-Za-z][\w-]*)["']?[ \t]*[:=]/gm;

/**
 * That a file has front matter where it is not read: behind other text, in a code block, or between other lines than `---`.
 *
 * @throws DefinitionError
 */
export function refuseMisplaced(source: SourceText): void {
  const text = source.text.replaceAll('\r', ' ');
  const found = misplacedIn(text);
  if (!found) return;
  const [, fence, rest] = found;
  const isRead = fence === '---' && rest === '';
  const message = isRead
    ? 'the front matter is not the first of the file'
    : `front matter behind ${quoted(`${fence}${rest}`)} is not read`;
  const hint = isRead
    ? 'put it at the top: only blank lines may stand before it'
    : 'write it between lines that hold only "---", as "key: text"';
  throw new DefinitionError([source.diagnostic(found.index, { code: 'front-matter', message, hint })]);
}

// Each match is held against places that were found once: of a long file every line may look like a fence.
function misplacedIn(text: string): RegExpExecArray | undefined {
  const firstWord = text.search(/\S/);
  const nearTop = text.split('\n', 12).join('\n').length;
  const comment = /^\s*<!--[^]*?-->/.exec(text)?.[0].length ?? Infinity;
  const behindComment = comment === Infinity ? -1 : comment + text.slice(comment).search(/\S|$/);
  for (const found of text.matchAll(misplaced)) {
    const { index, 3: key } = found;
    if (index > Math.max(firstWord, nearTop, behindComment)) return undefined;
    if (index <= firstWord) {
      if (isAgentKey(key!)) return found;
      continue;
    }
    // Further down, or behind sentences, a line of dashes parts chapters.
    const isNearTop = index <= nearTop || (index >= comment && index <= behindComment);
    if (isNearTop && ['name', 'description', 'tools', 'model'].includes(key!)) return found;
  }
  return undefined;
}

/**
 * Reads front matter as YAML; where it is none, as the lines `key: text` that coding assistants accept too
 * (descriptions with a colon in them are common).
 *
 * @throws DefinitionError when it is neither, or what the agent may do is part of a text
 */
export function readFrontMatter(source: SourceText, matter: string): { document: SourceDocument; isLoose: boolean } {
  // The first fence stays in: it begins a YAML document, and positions are those of the whole file.
  const text = new SourceText(matter, source.file);
  try {
    const document = readYaml(text);
    refuseHidden(text);
    return { document, isLoose: false };
  } catch (error) {
    const isSyntax = error instanceof DefinitionError && error.diagnostics.every(({ code }) => looseCodes.has(code));
    const loose = isSyntax ? readLoosely(text) : null;
    if (loose === null) throw error;
    return { document: loose, isLoose: true };
  }
}

const looseCodes = new Set(['syntax', 'alias', 'anchor', 'tag', 'directive', 'tab-indent', 'key-not-text']);
