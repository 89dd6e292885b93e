import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { asFlags, withFlags } from './as-flags.ts';
import { asCalled } from './called-as.ts';
import { exitCodeOfKind } from './exit-codes.ts';
import type { ErrorKind } from '../../domain/errors.ts';
import { GafferError } from '../../domain/errors.ts';
import { safeJson, safeText } from '../../domain/safe-text.ts';

/** An error as a person sees it. */
export interface Explanation {
  kind: ErrorKind;
  message: string;
  exitCode: number;
}

/** One clear message and the exit code for anything that was thrown; the stack only with `GAFFER_DEBUG=1`. */
export function explain(error: unknown, { isDebug }: { isDebug: boolean }): Explanation {
  const kind = error instanceof GafferError ? error.kind : 'failed';
  return {
    kind,
    message: asCalled(withoutPasswords(safeText(textOf(error, isDebug)))),
    exitCode: exitCodeOfKind[kind],
  };
}

/** What `--json` prints in place of a result: `{ error: { type, kind, message, exitCode } }`, with `diagnostics` of a definition. */
export function toErrorJson(error: unknown, { kind, message, exitCode }: Explanation): string {
  const type = error instanceof GafferError ? error.name : 'Error';
  const diagnostics = error instanceof GafferError && 'diagnostics' in error ? { diagnostics: error.diagnostics } : {};
  return `${safeJson({ error: { type, kind, message, exitCode, ...diagnostics } }, 2)}\n`;
}

function textOf(error: unknown, isDebug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  const text = error instanceof GafferError ? ownText(error) : fileProblem(error);
  if (text !== undefined) return isDebug ? `${text}\n${stackOf(error)}` : text;
  if (isDebug) return stackOf(error);
  return `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}\nGAFFER_DEBUG=1 shows where this comes from.`;
}

function ownText(error: GafferError): string {
  if (!(error instanceof DefinitionError)) return asFlags(error.message);
  return new DefinitionError(error.diagnostics.map(withFlags)).message;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}

/** What the disk said no to, with the way out; undefined for any other error. */
function fileProblem(error: Error): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  const where = path ? `: ${path}` : '';
  if (code === 'ENOENT' && path?.startsWith(tmpdir()) && !existsSync(tmpdir()))
    return `there is no folder for temporary files, ${tmpdir()}: make it, or let TMPDIR name one that is there.`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `the disk is full${where}. Make room and run the command again.`;
  if (code === 'EROFS') return `the file system is read-only${where}. GAFFER_HOME can name another folder.`;
  if (code === 'EACCES' || code === 'EPERM') return `no permission${where}. GAFFER_HOME can name another folder.`;
  return undefined;
}

function withoutPasswords(text: string): string {
  return text.replace(/(\w+:\/\/[^\s:/@]*):[^\s/@]+@/g, '$1:…@').replace(/\bsk-ant-[\w-]+/g, 'sk-ant-…');
}
