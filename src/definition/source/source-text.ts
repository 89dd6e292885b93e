import { readFileSync, statSync } from 'node:fs';
import { raiseHint, sizeText, type SourceBounds, usualBounds } from '../../domain/source/source-bounds.ts';
import type { Diagnostic } from './diagnostic.ts';
import { DefinitionError, printable } from './diagnostic.ts';

const frameLines = 2;
const frameWidth = 100;

/** Text of a file that was checked for size and binary content, with line numbers for offsets. */
export class SourceText {
  readonly text: string;
  readonly file: string;
  /** Most values and keys that may be read from it. */
  readonly nodes: number;
  /** How more of them may be; null: in no way. */
  readonly nodesHint: string | null;
  readonly #lineStarts: number[] = [0];

  /** @throws DefinitionError when the text is too large or holds control characters */
  constructor(text: string, file: string, bounds: Partial<SourceBounds> = {}) {
    const { bytes, nodes } = { ...usualBounds, ...bounds };
    this.file = file;
    this.nodes = nodes;
    this.nodesHint = raiseHint(bounds, 'nodes');
    this.text = text.startsWith('\ufeff') ? text.slice(1) : text;
    if (text.length > bytes) throw new DefinitionError([tooLarge(file, bytes, raiseHint(bounds, 'bytes'))]);
    for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1);
    // eslint-disable-next-line no-control-regex
    const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.exec(this.text);
    if (control) {
      const name = `U+${control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
      const message = `the file holds the control character ${name}: it is not a text file`;
      throw new DefinitionError([this.diagnostic(control.index, { code: 'binary-file', message })]);
    }
  }

  /** Line and column (both from 1, columns in UTF-16 units) of an offset. */
  position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  /** The offset of a line and column, both from 1. */
  offsetOf(line: number, column: number): number {
    return (this.#lineStarts[line - 1] ?? this.text.length) + column - 1;
  }

  /** A diagnostic at an offset of this text, with its code frame. */
  diagnostic(
    offset: number,
    what: { code: string; message: string; path?: string; hint?: string | null; severity?: Diagnostic['severity'] },
  ): Diagnostic {
    const { line, column } = this.position(Math.min(Math.max(offset, 0), this.text.length));
    const { code, message, path = '', hint = null, severity = 'error' } = what;
    return { severity, code, message, file: this.file, line, column, path, hint, frame: this.#frame(line, column) };
  }

  #frame(line: number, column: number): string {
    const first = Math.max(1, line - frameLines);
    const last = Math.min(this.#lineStarts.length, line + frameLines);
    const from = column > frameWidth - 20 ? column - frameWidth / 2 : 0;
    const digits = String(last).length;
    const lines: string[] = [];
    for (let number = first; number <= last; number++) {
      const start = this.#lineStarts[number - 1]!;
      const end = (this.#lineStarts[number] ?? this.text.length + 1) - 1;
      const text = this.text.slice(Math.min(start + from, end), Math.min(start + from + frameWidth, end)).trimEnd();
      lines.push(`${number === line ? '>' : ' '} ${String(number).padStart(digits)} | ${printable(text)}`.trimEnd());
      if (number === line) lines.push(`  ${' '.repeat(digits)} | ${' '.repeat(column - 1 - from)}^`);
    }
    return lines.join('\n');
  }
}

/**
 * Reads a file of at most 256 KB, unless more is allowed, as UTF-8.
 *
 * @throws DefinitionError with one clear message when it is missing, not a file, unreadable, too large or not text
 */
export function readSourceFile(file: string, bounds: Partial<SourceBounds> = {}): SourceText {
  return new SourceText(readSourceText(file, bounds), file, bounds);
}

/** The same as it stands in the file. @throws DefinitionError as {@link readSourceFile} does, but for control characters */
export function readSourceText(file: string, bounds: Partial<SourceBounds> = {}): string {
  return decode(readBytes(file, bounds), file);
}

function readBytes(file: string, bounds: Partial<SourceBounds>): Buffer {
  const { bytes = usualBounds.bytes } = bounds;
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) {
      throw fileError(file, 'unreadable-file', `${file} is a folder, not a file`, 'name a file in it');
    }
    if (!stats.isFile()) throw fileError(file, 'unreadable-file', `${file} is not a regular file`);
    if (stats.size > bytes) throw new DefinitionError([tooLarge(file, bytes, raiseHint(bounds, 'bytes'))]);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof DefinitionError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw fileError(
        file,
        'missing-file',
        `there is no file ${file}`,
        'check the path; it is taken from where the command stands',
      );
    }
    throw fileError(file, 'unreadable-file', `${file} cannot be read: ${(error as Error).message}`);
  }
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fileError(file, 'not-utf-8', `${file} is not UTF-8 text`, 'save it as UTF-8');
  }
}

function tooLarge(file: string, bytes: number, hint: string | null): Diagnostic {
  return fileDiagnostic(file, 'too-large', `${file} is larger than ${sizeText(bytes)}`, hint);
}

function fileError(file: string, code: string, message: string, hint: string | null = null): DefinitionError {
  return new DefinitionError([fileDiagnostic(file, code, message, hint)]);
}

function fileDiagnostic(file: string, code: string, message: string, hint: string | null): Diagnostic {
  return { severity: 'error', code, message, file, line: null, column: null, path: '', hint, frame: null };
}
