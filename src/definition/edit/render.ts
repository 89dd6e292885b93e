import type { ToStringOptions } from 'yaml';
import { Document, isScalar, isSeq, Scalar, visit } from 'yaml';
import type { JsonValue } from '../../domain/json.ts';

/** Longest list of plain values that is written in brackets on one line. */
const longestInBrackets = 80;

/** How a text is written: what is new looks like what is there. */
export interface Style {
  /** Whether the dashes of lists stand deeper than their key. */
  indentsLists: boolean;
  /** Whether single quotes are the usual ones. */
  singleQuotes: boolean;
}

/** The lines of a value that stands in lines of its own. */
export function blockLines(value: JsonValue, style: Style): string[] {
  const document = documentOf(value);
  visit(document, {
    Seq(_key, seq) {
      const isPlain = seq.items.every((item) => isScalar(item) && !String(item.value).includes('\n'));
      if (isPlain && JSON.stringify(seq.toJSON()).length <= longestInBrackets) seq.flow = true;
    },
  });
  // A list at the top is that which the lines are for.
  if (isSeq(document.contents)) document.contents.flow = false;
  return linesOf(document.toString(optionsOf(style)));
}

/** A value on one line, as it can stand in brackets. */
export function flowText(value: JsonValue, style: Style): string {
  const document = documentOf([value]);
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = 'QUOTE_DOUBLE';
    },
    Collection(_key, collection) {
      collection.flow = true;
    },
  });
  return document.toString(optionsOf(style)).trimEnd().slice(1, -1).trim();
}

/** A plain value on one line, quoted as `like` is where it can be. */
export function scalarText(value: JsonValue, like: Scalar.Type | undefined, style: Style): string {
  const scalar = new Scalar(value);
  if (typeof value === 'string' && (like === 'QUOTE_DOUBLE' || like === 'QUOTE_SINGLE')) scalar.type = like;
  if (typeof value === 'string' && value.includes('\n')) scalar.type = 'QUOTE_DOUBLE';
  const document = new Document([null], settings);
  if (!isSeq(document.contents)) return JSON.stringify(value);
  document.contents.items = [scalar] as never;
  return document.toString(optionsOf(style)).trimEnd().replace(/^- /, '');
}

/**
 * A text as a block: its head (`|`, `|-`, `>`) and its lines, without indentation.
 *
 * @param step by how much it is indented
 * @param folded how the lines of a folded block were broken before; left out: it is a literal one
 */
export function blockText(text: string, step: number, folded?: ReadonlyMap<string, readonly string[]>): string[] {
  const ends = /\n*$/.exec(text)![0].length;
  const chomp = ends === 0 ? '-' : ends === 1 && text.length > 1 ? '' : '+';
  const body = ends === 0 ? text : text.slice(0, -1);
  const isFolded = folded !== undefined && ends < 2 && !/^[ \t]/m.test(text);
  const lines = isFolded ? foldedLines(body, folded) : body.split('\n');
  const indicator = /^\n*[ \t]/.test(text) ? String(step) : '';
  return [`${isFolded ? '>' : '|'}${indicator}${chomp}`, ...lines];
}

/** The lines of a folded block by the text that they give. */
export function foldsOf(rawLines: readonly string[]): Map<string, readonly string[]> {
  const folds = new Map<string, readonly string[]>();
  let open: string[] = [];
  for (const line of [...rawLines, '']) {
    if (line.trim() !== '') open.push(line.trimStart());
    else if (open.length > 0) {
      folds.set(open.join(' '), open);
      open = [];
    }
  }
  return folds;
}

const foldedWidth = 100;

/** As many line breaks of the text are as many empty lines of the block; single blanks may become line breaks. */
function foldedLines(text: string, folds: ReadonlyMap<string, readonly string[]>): string[] {
  return text
    .split(/(\n+)/)
    .flatMap((part) =>
      part.startsWith('\n') ? Array.from(part, () => '') : part === '' ? [] : (folds.get(part) ?? wrapped(part)),
    );
}

function wrapped(line: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > foldedWidth) {
    const places = [...rest.slice(0, foldedWidth).matchAll(/(?<=\S) (?=\S)/g)];
    const at = places.at(-1)?.index ?? /(?<=\S) (?=\S)/.exec(rest)?.index;
    if (at === undefined) break;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...lines, rest];
}

const settings = { version: '1.2', schema: 'core', aliasDuplicateObjects: false } as const;

function optionsOf({ indentsLists, singleQuotes }: Style): ToStringOptions {
  return { lineWidth: 0, blockQuote: 'literal', indentSeq: indentsLists, singleQuote: singleQuotes ? true : null };
}

function documentOf(value: JsonValue): Document {
  return new Document(value, settings);
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
