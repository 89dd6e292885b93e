import { GafferError } from '../domain/errors.ts';

/** The embedded stack could not be had; `refused`: with the file or folder that was named. The message names the thing, the value and the way out. */
export class StackError extends GafferError {
  override readonly name = 'StackError';
  readonly kind: 'failed' | 'refused' | 'unreachable';
  readonly reason:
    | ('port-taken' | 'no-server' | 'version-mismatch' | 'database' | 'no-account' | 'unreachable' | 'busy' | 'disk')
    | 'refused';
  constructor(reason: StackError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = reason === 'disk' ? 'failed' : reason === 'refused' ? 'refused' : 'unreachable';
    this.reason = reason;
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
