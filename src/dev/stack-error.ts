/** The embedded stack could not be had; `refused`: with the file or folder that was named. The message names the thing, the value and the way out. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly kind:
    | ('port-taken' | 'no-server' | 'version-mismatch' | 'database' | 'no-account' | 'unreachable' | 'busy' | 'disk')
    | 'refused';
  constructor(kind: StackError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Turns "disk full" and "read-only" of the operating system into a {@link StackError}; other errors pass unchanged. */
export function toStackError(error: unknown, where: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const reason =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full'
      : code === 'EROFS'
        ? 'the file system is read-only'
        : code === 'EACCES' || code === 'EPERM'
          ? 'it may not be written'
          : undefined;
  if (reason === undefined || error instanceof StackError) return error;
  const path = (error as NodeJS.ErrnoException).path ?? where;
  return new StackError('disk', `${path}: ${reason}. Make room there, or set GAFFER_HOME to another folder.`, {
    cause: error,
  });
}
