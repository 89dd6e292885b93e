/** Whether a person's answer about a conflict says that it is left as it is. Anything else means that it is resolved, or to be tried again. */
export function isLeft(answer: string): boolean {
  return /^\W*(?:leave|skip)\b/i.test(answer);
}
