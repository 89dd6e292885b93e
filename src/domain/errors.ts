/** The command line asks for something that cannot be meant. The message ends with the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What is needed is not running, or does not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}
