/*
 * Which messages of an answer are quotations: not the agent's own word.
 *
 * Q1 Only letters count, whatever their case, accents, form and escapes are: marks, numbers of lines and markup are between them.
 * Q2 A message is a quotation where its words follow in that order behind a tag that the agent was told or has read: up to the tag's end,
 *    or near its begin if none is found. Names of files and the like may stand between them.
 * Q3 What the author of its instructions or its task wrote so, to the same receiver, is meant.
 */
import type { SaidMessage } from './said-messages.ts';

const begin = 'AGENTMESSAGETO';
const end = /AGENTMESSAGE(?!TO)/;
/** Most letters between a tag's begin and its end. */
const longestBody = 40_000;
/** Behind so many tags all is taken for their words. */
const mostTags = 200;

/** Parts the messages of an answer. `heard`: what the agent was told or has read, oldest first; `own`: what its author wrote himself. */
export function partQuotations(
  said: readonly SaidMessage[],
  { heard, own = [] }: { heard: readonly string[]; own?: readonly string[] },
): { meant: SaidMessage[]; quoted: SaidMessage[] } {
  const parts = { meant: [] as SaidMessage[], quoted: [] as SaidMessage[] };
  const [told, written] = [heard, own].map((texts) => toBodies(texts.map(lettersOf).join('')));
  for (const message of said) {
    const isQuoted = isIn(told!, message.text) && !isIn(written!, `${message.to} ${message.text}`);
    parts[isQuoted ? 'quoted' : 'meant'].push(message);
  }
  return parts;
}

/** What follows a tag; `closed`: so many letters of it are before the tag's end. */
interface Body {
  letters: string;
  closed: number;
}

function toBodies(letters: string): Body[] {
  const bodies: Body[] = [];
  for (let at = letters.indexOf(begin); at !== -1; at = letters.indexOf(begin, at + begin.length)) {
    const from = at + begin.length;
    if (bodies.length === mostTags) {
      const rest = letters.slice(from);
      return [...bodies, { letters: rest, closed: rest.length }];
    }
    const body = letters.slice(from, from + longestBody);
    bodies.push({ letters: body, closed: Math.max(0, body.search(end)) });
  }
  return bodies;
}

function isIn(bodies: readonly Body[], text: string): boolean {
  const words = plain(text).match(/\p{L}+/gu) ?? [];
  const near = words.join('').length * 8 + 200;
  return bodies.some(({ letters, closed }) => {
    let at = 0;
    for (const word of words) {
      const found = letters.indexOf(word, at);
      if (found === -1) return false;
      at = found + word.length;
    }
    return at <= Math.max(closed, near);
  });
}

function lettersOf(text: string): string {
  return plain(text).replaceAll(/\P{L}+/gu, '');
}

const escape =
  /\\+(?:u([\da-f]{4})|u\{([\da-f]{1,6})\}|x([\da-f]{2})|[nrtbf])|&(?:#x0*([\da-f]{1,6})|#0*(\d{1,7})|([a-z])(?:acute|grave|circ|uml|tilde|cedil|ring|caron)|[a-z]{2,8});|(?:%[\da-f]{2})+/gi;
// Colours of a terminal, and markup: also within a word.
const markup = /\u001B\[[\d;]*[a-z]|<\/?(?!AGENT)[a-z][^<>]{0,100}>/gi;

function plain(text: string): string {
  let decoded = text;
  // An escape may be escaped itself.
  for (let times = 0; times < 3; times++) decoded = decoded.replaceAll(escape, unescaped);
  const bare = decoded
    .replaceAll(markup, '')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '');
  return bare.toLowerCase().toUpperCase();
}

function unescaped(whole: string, ...groups: (string | undefined)[]): string {
  const [unicode, code, byte, hex, decimal, letter] = groups;
  const digits = unicode ?? code ?? byte ?? hex;
  if (letter !== undefined) return letter;
  if (digits === undefined && decimal === undefined) return whole.startsWith('%') ? ofUrl(whole) : ofName(whole);
  const point = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : ' ';
}

function ofName(escaped: string): string {
  return escaped.toLowerCase() === '&amp;' ? '&' : ' ';
}

function ofUrl(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return ' ';
  }
}
