/** Whether a text matches a glob of `*` (any characters, `/` too) and `?` (one). Case counts. */
export function matchesGlob(text: string, glob: string): boolean {
  // The classic walk with one way back: only the last star ever needs to take one character more.
  let t = 0;
  let g = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      t++;
      g++;
    } else if (star !== -1) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/** A text with one space wherever there is any. */
export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
