import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Wait } from '../../domain/run/waits.ts';
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

/** A tool call as its agent asked for it. */
export interface ShownCall {
  tool: string;
  input: JsonObject;
}

/** More than anybody reads; what is longer is said to be cut (Q1). */
const mostLines = 400;
const mark = '  │ ';

interface Part {
  text: string;
  paint?: 'added' | 'removed';
}

/** The lines of a question. `call`: the whole call that it is about; null: there is none, and its detail is all that is known. */
export function questionLines(
  one: Wait,
  call: ShownCall | null,
  { columns, colors }: { columns: number; colors: Colors },
): string[] {
  const parts = call ? callParts(call) : detailParts(one);
  const width = Math.max(20, columns - 1 - displayWidth(mark));
  const painters = { added: colors.green, removed: colors.red };
  const body = parts.flatMap(({ text, paint }) => {
    const sign = paint ? { added: '+ ', removed: '- ' }[paint] : '';
    const lines = safeText(text).replaceAll('\t', '    ').trimEnd().split('\n');
    const wrapped = lines.flatMap((line) => splitAt(line, width - sign.length));
    return wrapped.map((line) => mark + (paint ? painters[paint] : String)(sign + line));
  });
  const left = body.length - mostLines;
  return [
    colors.yellow(`? ${waitText(one)}`),
    ...body.slice(0, mostLines),
    ...(left > 0
      ? [colors.red(`${mark.trimEnd()} cut: ${plural(left, 'more line')}. The transcript has all of it.`)]
      : []),
  ];
}

function detailParts({ what, detail }: Wait): Part[] {
  return detail.trim() === '' || detail.trim() === what.trim() ? [] : [{ text: detail }];
}

function callParts({ tool, input }: ShownCall): Part[] {
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
