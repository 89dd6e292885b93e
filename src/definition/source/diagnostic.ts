import { GafferError } from '../../domain/errors.ts';

/**
 * One thing that is wrong, or doubtful, with what a user wrote.
 *
 * `line` and `column` begin at 1 and are null where there is no text (inline definitions, inputs): then `path` says where (`phases[0].tasks[1].prompt`).
 */
export interface Diagnostic {
  severity: 'error' | 'warning';
  /** What kind of mistake, for programs: `unknown-key`, `missing-input`, … */
  code: string;
  message: string;
  file: string | null;
  line: number | null;
  column: number | null;
  path: string;
  /** The way out, where one is known. */
  hint: string | null;
  /** The lines around it with a caret below the place. */
  frame: string | null;
}

/** How many errors one message lists; the rest is counted. */
const mostListed = 50;

/** A definition that cannot be run; the message lists every error with place, code frame and hint. */
export class DefinitionError extends GafferError {
  override readonly name = 'DefinitionError';
  readonly kind = 'usage';
  readonly diagnostics: Diagnostic[];

  constructor(diagnostics: Diagnostic[]) {
    super(formatAll(diagnostics));
    this.diagnostics = diagnostics;
  }
}

/** One diagnostic as plain text for a terminal or a log: place and message, code frame, hint. Holds no control characters but line breaks. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, path, severity, message, code, frame, hint } = diagnostic;
  const place = [file, line, line === null ? null : column].filter((part) => part !== null).join(':');
  const where = line === null && path !== '' ? ` at ${path}` : '';
  const head = `${place === '' ? '' : `${place}: `}${severity}: ${message}${where} (${code})`;
  return [printable(head), frame, hint === null ? null : `  hint: ${printable(hint)}`]
    .filter((part) => part !== null)
    .join('\n');
}

/** A word of the user's for use in a message: in quotes, at most 60 characters. */
export function quoted(word: string): string {
  return `"${printable(word.length > 60 ? `${word.slice(0, 57)}...` : word)}"`;
}

/** Text with every control character replaced, so that no foreign file can steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => (character === '\t' ? ' ' : '\ufffd'));
}

function formatAll(diagnostics: Diagnostic[]): string {
  const lines = diagnostics.slice(0, mostListed).map(formatDiagnostic);
  if (diagnostics.length > mostListed) lines.push(`… and ${diagnostics.length - mostListed} more`);
  return lines.join('\n\n');
}
