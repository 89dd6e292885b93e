const commonWords = new Set(
  (
    'a about after all also an and any are as at be been before but by can do does else every for from get had has have how i if in into is it its ' +
    'me more my need no not of on one only or our out own please should so some such than that the their them then there these they this to ' +
    'up us use want was we were what when where which who will with would you your'
  ).split(' '),
);

/** Endings of English words, longest first: `tests`, `tester` and `testing` are looked for as one. */
const endings =
  /(?:izations?|isations?|ations?|ments?|ings?|ers?|ors?|izes?|ises?|ies|ives?|ed|es|ly|ity|y|e|(?<![su])s)$/;

/** The words that a text is found by, in order: small letters, without common words and endings. */
export function searchWords(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+[+#]*/gu) ?? [];
  return words.filter((word) => !commonWords.has(word)).map((word) => stem(word.replace(/([ai])bility$/, '$1ble')));
}

function stem(word: string): string {
  const ending = endings.exec(word)?.[0] ?? '';
  const left = word.slice(0, word.length - ending.length);
  // Short words are names more often than forms: `aws`, `ios`, `rest`.
  if (ending === '' || left.length < (ending === 's' ? 3 : 4)) return word;
  // `debugging` as `debug`
  return /^(?:ing|ed|er)/.test(ending) ? left.replace(/([bdgmnprt])\1$/, '$1') : left;
}
