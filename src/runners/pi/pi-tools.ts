import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { OwnCall } from '../runner.ts';

/** The program's tools by the tool of ours that does the same. */
const toolsOf: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash'],
  filesystem: ['read', 'edit', 'write', 'grep', 'find', 'ls'],
};

/** Tools of ours that it brings. */
export const broughtTools: readonly ToolName[] = Object.keys(toolsOf);

/** Those that an agent gets. */
export function foreignTools(tools: readonly ToolName[]): string[] {
  return tools.flatMap((name) => toolsOf[name] ?? []);
}

const fileActions: Readonly<Record<string, string>> = {
  read: 'read',
  edit: 'edit',
  write: 'write',
  grep: 'search',
  find: 'search',
  ls: 'list',
};

/** What a call of its tools is in words of ours, as rules read them. */
export function toOwnCall(name: string, input: JsonObject): OwnCall {
  if (name === 'bash') return { tool: 'bash', input: { command: textOr(input['command'], '') } };
  const action = Object.hasOwn(fileActions, name) ? fileActions[name]! : null;
  if (action === null) return { tool: `pi.${name}`, input };
  const { path, pattern } = input;
  return {
    tool: 'filesystem',
    // Left out, it is the folder that it works in.
    input: { action, path: textOr(path, '.'), ...(typeof pattern === 'string' && { pattern }) },
  };
}

function textOr(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
