import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Wait } from '../../domain/run/waits.ts';
import { isCut } from '../../domain/run/wait-detail.ts';
import { safeText } from '../../domain/safe-text.ts';
import { waitText } from '../../client/follow/wait-text.ts';
import { plural } from '../../domain/format.ts';
import { displayWidth, splitAt } from '../base/display-width.ts';
import type { Colors } from '../base/terminal.ts';

/*
 * What somebody is to decide, as it stands on the terminal.
 *
 * Q1 It is shown whole, or the last line says that it is not: nobody decides about a summary.
 * Q2 All of it comes from models and files: it is made safe, and every line of it, wrapped ones too, begins with a mark of ours, so that no text
 *    can look like a question, an answer or a line of Gaffer's own.
 */

/** All of what is decided: a tool call, or a text. */
export type ShownWhole = { tool: string; input: JsonObject } | string;

/** More than anybody reads; what is longer is said to be cut (Q1). */
const mostLines = 400;
const mark = '  │ ';

interface Part {
  text: string;
  paint?: 'added' | 'removed';
}

/** The lines of a question. `whole`: all of what it is about; null: its detail is what is known of it. */
export function questionLines(
  one: Wait,
  whole: ShownWhole | null,
  { columns, colors }: { columns: number; colors: Colors },
): string[] {
  const parts = whole === null ? detailParts(one) : typeof whole === 'string' ? [{ text: whole }] : callParts(whole);
  const width = Math.max(20, columns - 1 - displayWidth(mark));
  const painters = { added: colors.green, removed: colors.red };
  const body = parts.flatMap(({ text, paint }) => {
    const sign = paint ? { added: '+ ', removed: '- ' }[paint] : '';
    const lines = safeText(text).replaceAll('\t', '    ').trimEnd().split('\n');
    const wrapped = lines.flatMap((line) => splitAt(line, width - sign.length));
    return wrapped.map((line) => mark + (paint ? painters[paint] : String)(sign + line));
  });
  const left = body.length - mostLines;
  const cut =
    left > 0
      ? `cut: ${plural(left, 'more line')}. The transcript has all of it.`
      : whole === null && isCut(one.detail)
        ? 'cut: this is the beginning, and the rest could not be read.'
        : null;
  const [head, ...more] = splitAt(`? ${waitText(one)}`, width);
  return [
    ...[head!, ...more.map((line) => mark + line)].map(colors.yellow),
    ...body.slice(0, mostLines),
    ...(cut === null ? [] : [colors.red(`${mark.trimEnd()} ${cut}`)]),
  ];
}

function detailParts({ what, detail }: Wait): Part[] {
  return detail.trim() === '' || detail.trim() === what.trim() ? [] : [{ text: detail }];
}

function callParts({ tool, input }: Exclude<ShownWhole, string>): Part[] {
  const { action, path, old_string: before, new_string: after, content } = input;
  if (tool === 'filesystem' && action === 'edit' && typeof before === 'string' && typeof after === 'string') {
    return [{ text: `edit ${textOf(path)}` }, { text: before, paint: 'removed' }, { text: after, paint: 'added' }];
  }
  if (tool === 'filesystem' && action === 'write' && typeof content === 'string') {
    return [{ text: `write ${textOf(path)}` }, { text: content, paint: 'added' }];
  }
  const { command, ...rest } = input;
  if (tool !== 'bash' || typeof command !== 'string') return [{ text: tool }, ...fields(input)];
  return [{ text: command }, ...fields(rest)];
}

function fields(input: JsonObject): Part[] {
  return Object.entries(input).map(([key, value]) => {
    const text = textOf(value);
    return { text: text.includes('\n') ? `${key}:\n${text.replace(/^/gm, '  ')}` : `${key}: ${text}` };
  });
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null, null, 1);
}
