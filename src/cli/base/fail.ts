import { exitCodes } from './exit-codes.ts';
import { safeText } from '../../domain/safe-text.ts';

/** An error as a person sees it. */
export interface Explanation {
  message: string;
  exitCode: number;
}

/** Exit code by the `name` of an error class: names, so that no command loads the folders of the others. */
const codeByName: Readonly<Record<string, number>> = {
  UsageError: exitCodes.usage,
  ConfigError: exitCodes.usage,
  DefinitionError: exitCodes.usage,
  AgentError: exitCodes.usage,
  IssueError: exitCodes.usage,
  IssueImportError: exitCodes.usage,
  RunNotFoundError: exitCodes.usage,
  RunExistsError: exitCodes.usage,
  RefusedError: exitCodes.usage,
  RunClosedError: exitCodes.usage,
  NoAnswerError: exitCodes.unreachable,
  UnreachableError: exitCodes.unreachable,
  HomeError: exitCodes.failed,
  RunRefusedError: exitCodes.failed,
  RunCutOffError: exitCodes.failed,
  StackError: exitCodes.unreachable,
  StoreError: exitCodes.unreachable,
  ConnectionError: exitCodes.unreachable,
};

/** Kinds of an error that have another exit code than their class. */
const codeByKind: Readonly<Record<string, number>> = {
  'StoreError not-found': exitCodes.usage,
  'StackError disk': exitCodes.failed,
  'StackError refused': exitCodes.usage,
};

/** One clear message and the exit code for anything that was thrown; the stack only with `GAFFER_DEBUG=1`. */
export function explain(error: unknown, { isDebug }: { isDebug: boolean }): Explanation {
  const known = error instanceof Error ? codeOf(error) : undefined;
  const text = known === undefined ? unknownText(error, isDebug) : messageOf(error as Error, isDebug);
  return { message: withoutPasswords(safeText(text)), exitCode: known ?? exitCodes.failed };
}

/** What `--json` prints in place of a result: `{ error: { type, message, exitCode } }`, with `diagnostics` of a definition. */
export function toErrorJson(error: unknown, { message, exitCode }: Explanation): string {
  const isKnown = error instanceof Error && codeOf(error) !== undefined;
  const type = isKnown ? error.name : 'Error';
  const diagnostics = isKnown && 'diagnostics' in error ? { diagnostics: error.diagnostics } : {};
  return `${JSON.stringify({ error: { type, message, exitCode, ...diagnostics } }, null, 2)}\n`;
}

function codeOf(error: Error): number | undefined {
  if (!Object.hasOwn(codeByName, error.name)) return fileProblem(error) === undefined ? undefined : exitCodes.failed;
  const kind = 'kind' in error && typeof error.kind === 'string' ? error.kind : '';
  return codeByKind[`${error.name} ${kind}`] ?? codeByName[error.name];
}

function messageOf(error: Error, isDebug: boolean): string {
  const text = fileProblem(error) ?? error.message;
  return isDebug && error.stack ? `${text}\n${stackOf(error)}` : text;
}

function unknownText(error: unknown, isDebug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (isDebug) return stackOf(error);
  return `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}\nGAFFER_DEBUG=1 shows where this comes from.`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}

/** What the disk said no to, with the way out; undefined for any other error. */
function fileProblem(error: Error): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  const where = path ? `: ${path}` : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return `the disk is full${where}. Make room and run the command again.`;
  if (code === 'EROFS') return `the file system is read-only${where}. GAFFER_HOME can name another folder.`;
  if (code === 'EACCES' || code === 'EPERM') return `no permission${where}. GAFFER_HOME can name another folder.`;
  return undefined;
}

function withoutPasswords(text: string): string {
  return text.replace(/(\w+:\/\/[^\s:/@]*):[^\s/@]+@/g, '$1:…@').replace(/\bsk-ant-[\w-]+/g, 'sk-ant-…');
}
