import type { Environment } from '../../config/config.ts';
import picocolors from 'picocolors';
import { asCalled } from './called-as.ts';

/** Colours that leave text alone when they are off. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results to `out`, progress and notes to `err`. Widths in columns; a pipe has none. */
export interface Terminal {
  out(text: string): void;
  /** Commands that it names are named as this one was called. */
  err(text: string): void;
  /** Width of what `out` goes to; Infinity for a pipe, so that nothing is cut for a program that reads it. */
  outColumns(): number;
  outColors: Colors;
  /** Whether progress can be drawn over: a terminal that moves its cursor. */
  isLive: boolean;
  columns(): number;
  rows(): number;
  colors: Colors;
  /** Whether a question can be asked and answered. */
  canAsk: boolean;
}

/** What of a stream decides about colours and drawing. */
interface StreamShape {
  isTTY?: boolean;
}

/**
 * Whether to colour: NO_COLOR, then FORCE_COLOR, then whether it is a terminal that can.
 *
 * @internal
 */
export function wantsColor(environment: Environment, stream: StreamShape): boolean {
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

/**
 * Whether a live area can be drawn: an explicit CI or a dumb terminal gets plain lines.
 *
 * @internal
 */
export function canDraw(environment: Environment, stream: StreamShape): boolean {
  const ci = environment['CI'];
  return stream.isTTY === true && environment['TERM'] !== 'dumb' && (!ci || ci === 'false' || ci === '0');
}

/** The terminal of this process. */
export function processTerminal(environment: Environment = process.env): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(asCalled(text)),
    outColumns: () => (stdout.isTTY ? stdout.columns || 80 : Infinity),
    outColors: picocolors.createColors(wantsColor(environment, stdout)),
    isLive: canDraw(environment, stderr),
    columns: () => stderr.columns || 80,
    rows: () => stderr.rows || 24,
    colors: picocolors.createColors(wantsColor(environment, stderr)),
    canAsk: stdin.isTTY && canDraw(environment, stderr),
  };
}
