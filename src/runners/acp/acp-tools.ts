import type { ToolCall, ToolCallUpdate } from '@agentclientprotocol/sdk';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { ForeignCall, OwnCall } from '../runner.ts';
import { isObject, textIn } from '../values.ts';

/** Tools of ours that such agents bring: which of them, the protocol does not say before they are called. */
export const broughtTools: readonly ToolName[] = ['bash', 'filesystem', 'web'];

const actions: Readonly<Record<string, string>> = {
  read: 'read',
  edit: 'edit',
  delete: 'delete',
  move: 'move',
  search: 'search',
};

/** A call as the agent tells it: by its kind, which every agent names alike. */
export function toCall(call: ToolCall | ToolCallUpdate): ForeignCall & { own: OwnCall } {
  const kind = call.kind ?? 'other';
  const input = isObject(call.rawInput as JsonValue) ? (call.rawInput as JsonObject) : {};
  return { id: call.toolCallId, tool: call.name ?? kind, input, own: toOwnCall(call, kind, input) };
}

function toOwnCall(call: ToolCall | ToolCallUpdate, kind: string, input: JsonObject): OwnCall {
  const title = call.title ?? '';
  if (kind === 'execute') return { tool: 'bash', input: { command: textIn(input['command']) ?? title } };
  if (kind === 'fetch') return { tool: 'web', input: { url: textIn(input['url']) ?? title } };
  const action = Object.hasOwn(actions, kind) ? actions[kind] : undefined;
  if (action === undefined) return { tool: `acp.${call.name ?? kind}`, input };
  const path = pathIn(input) ?? call.locations?.[0]?.path ?? '.';
  return { tool: 'filesystem', input: { action, path } };
}

/** The same with another input. What of it was said beside its input, such as where a file is, is as it was. */
export function withInput({ own }: { own: OwnCall }, input: JsonObject): OwnCall {
  const { tool } = own;
  if (tool === 'bash') return { tool, input: { command: textIn(input['command']) ?? '' } };
  if (tool === 'web') return { tool, input: { url: textIn(input['url']) ?? '' } };
  if (tool !== 'filesystem') return { tool, input };
  return { tool, input: { ...own.input, path: pathIn(input) ?? own.input['path'] ?? '.' } };
}

function pathIn(input: JsonObject): string | null {
  return textIn(input['file_path']) ?? textIn(input['path']);
}

/** What came of a call, as text. */
export function resultOf({ content, rawOutput }: ToolCall | ToolCallUpdate): string {
  if (typeof rawOutput === 'string') return rawOutput;
  const texts = (content ?? []).flatMap((part) => {
    if (part.type === 'diff') return [`${part.path}\n${part.newText}`];
    return part.type === 'content' && part.content.type === 'text' ? [part.content.text] : [];
  });
  return texts.join('\n');
}
