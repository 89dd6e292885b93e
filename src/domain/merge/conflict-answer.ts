/** What a person may say about a conflict: that it is resolved, or to be tried again; and that it is left as it is. */
export const conflictAnswers = ['again', 'leave it'] as const;

/** Whether an answer about a conflict is one of {@link conflictAnswers}, also with more words behind it. */
export function isConflictAnswer(answer: string): boolean {
  return isLeft(answer) || /^\W*again\b/i.test(answer);
}

/** Whether a person's answer about a conflict says that it is left as it is. */
export function isLeft(answer: string): boolean {
  return /^\W*(?:leave|skip)\b/i.test(answer);
}
