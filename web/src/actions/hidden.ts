import { safeText } from '../../../src/domain/safe-text.ts';

/** A piece of a text; `isHidden`: a character that nobody sees or that moves others, by its number. */
export interface Piece {
  text: string;
  isHidden: boolean;
}

/** A text in pieces, with what nobody sees in it said by name: `U+202E`. Line breaks and tabs stay. */
export function withoutHiding(text: string): Piece[] {
  const plain = text.replaceAll('\r\n', '\n');
  if (safeText(plain) === plain) return [{ text: plain, isHidden: false }];
  const pieces: Piece[] = [];
  for (const character of plain) {
    const isHidden = safeText(character) !== character;
    const last = pieces.at(-1);
    if (!isHidden && last?.isHidden === false) last.text += character;
    else pieces.push({ text: isHidden ? nameOf(character) : character, isHidden });
  }
  return pieces;
}

function nameOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}
