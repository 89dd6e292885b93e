import { safeText } from '../../../src/domain/safe-text.ts';

/** A piece of a text; `isHidden`: it stands in the place of something that nobody would see. */
export interface Piece {
  text: string;
  isHidden: boolean;
}

/** A picture of one or several signs, whose joiners belong to it; or any sign. */
const sign =
  /(\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*)|./gsu;
/** What fonts draw as nothing, or as a gap that looks like a space: joiners and fillers belong to scripts, and hide words, too. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u00A0\u1680\u2000-\u200A\u202F\u205F\u2800\u3000]/u;
/** Emptiness behind which something is pushed out of sight: lines, or blanks within one. */
const gap = /\n(?:[^\S\n]*\n){3,}|[^\S\n]{24,}/g;

/**
 * A text in pieces, with what nobody sees in it said: characters by name (`U+202E`), and long emptiness by its length. What is left is all
 * there, in its order.
 */
export function withoutHiding(text: string): Piece[] {
  const plain = text.replaceAll('\r\n', '\n');
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: found, index } of plain.matchAll(gap)) {
    pieces.push(...named(plain.slice(from, index)), { text: gapWords(found), isHidden: true });
    from = index + found.length;
  }
  return [...pieces, ...named(plain.slice(from))];
}

function gapWords(found: string): string {
  const lines = found.split('\n').length - 2;
  return found.startsWith('\n') ? `\n⋯ ${lines} empty lines ⋯\n` : ` ⋯ ${found.length} blanks ⋯ `;
}

function named(text: string): Piece[] {
  if (safeText(text) === text && !unseen.test(text)) return text === '' ? [] : [{ text, isHidden: false }];
  const pieces: Piece[] = [];
  for (const [character, picture] of text.matchAll(sign)) {
    const isHidden = picture === undefined && (safeText(character) !== character || unseen.test(character));
    const last = pieces.at(-1);
    if (!isHidden && last?.isHidden === false) last.text += character;
    else pieces.push({ text: isHidden ? nameOf(character) : character, isHidden });
  }
  return pieces;
}

function nameOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
