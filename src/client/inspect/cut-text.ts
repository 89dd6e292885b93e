/** A text, or how it begins: `length` is that of the whole one, in characters. */
export interface CutText {
  text: string;
  length: number;
}

/** Longest text that goes with an answer, in characters. */
const longestText = 20_000;

/** A text as far as it goes with an answer. */
export function cutText(text: string, longest = longestText): CutText {
  return { text: text.slice(0, longest).toWellFormed(), length: text.length };
}
