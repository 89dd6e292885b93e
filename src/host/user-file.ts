import { readFileSync } from 'node:fs';
import { UsageError } from '../domain/errors.ts';

/** Text of a file that the user named. @throws UsageError when it cannot be read */
export function readUserFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' };
    throw new UsageError(`${file}: ${reasons[code ?? ''] ?? `it cannot be read (${code})`}.`, { cause: error });
  }
}
