/** Characters of what is asked about that go with a question: histories and events stay small. */
const mostDetail = 2000;

/**
 * What goes with a question: all of it, or its beginning and how much there is.
 *
 * @param rest where the rest stands, in words
 */
export function toDetail(text: string, rest = 'this is the beginning'): string {
  if (text.length <= mostDetail) return text.toWellFormed();
  const note = `… (${text.length} characters; ${rest})`;
  return text.slice(0, mostDetail - note.length).toWellFormed() + note;
}

/** Whether a detail may be the beginning of something longer; one of an earlier version does not say so. */
export function isCut(detail: string): boolean {
  return detail.length >= mostDetail;
}
