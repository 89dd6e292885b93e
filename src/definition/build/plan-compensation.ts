import { fromWireName } from '../../domain/tool-names.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Compensation, Template } from '../../domain/plan/plan.ts';
import { valuePlaces } from '../../domain/commands/command-values.ts';
import type { PlanTexts } from '../draft/texts.ts';
import type { TaskFile } from '../schema/schema-tasks.ts';
import type { ValuePath } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** What undoes a checked task; `agent`: who does it, for a prompt that names nobody. */
export function toCompensation(
  file: TaskFile['compensate'],
  agent: string,
  { texts, path }: { texts: PlanTexts; path: ValuePath },
): Compensation | null {
  if (file === undefined) return null;
  if ('bash' in file) return toCommand(texts.piecesAt([...path, 'bash']));
  if ('tool' in file) {
    const input = withTexts(file.input as JsonObject, [...path, 'input'], texts) as JsonObject;
    return { kind: 'tool', tool: fromWireName(file.tool), input };
  }
  const { text, template } = texts.textAt([...path, 'prompt']);
  return { kind: 'prompt', agent: file.profile ?? agent, prompt: text, template };
}

/** Values reach a command as environment variables only, inputs too: nothing in them is read by the shell, and each is one word. */
function toCommand(pieces: Template): Compensation {
  const env: Record<string, { expression: string }> = {};
  const places = valuePlaces(pieces);
  const command = pieces.map((piece) => {
    if (typeof piece === 'string') return piece;
    const at = Object.keys(env).length;
    const name = `GAFFER_VALUE_${at + 1}`;
    env[name] = { expression: piece.expression };
    return places[at]!.isQuoted ? `\${${name}}` : `"\${${name}}"`;
  });
  return { kind: 'bash', command: command.join(''), env };
}

function withTexts(value: JsonValue, path: ValuePath, texts: PlanTexts): JsonValue {
  if (typeof value === 'string') return value.includes('${{') ? texts.textAt(path).text : value;
  if (Array.isArray(value)) return value.map((item, index) => withTexts(item, [...path, index], texts));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, [...path, key], texts)]));
}
