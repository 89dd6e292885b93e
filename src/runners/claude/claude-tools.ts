import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { OwnCall } from '../runner.ts';

/** The program's tools by the tool of ours that does the same. */
const toolsOf: Readonly<Record<string, readonly string[]>> = {
  bash: ['Bash'],
  filesystem: ['Read', 'Edit', 'Write', 'Glob', 'Grep'],
  web: ['WebFetch'],
};

/** Tools of ours that it brings. */
export const broughtTools: readonly ToolName[] = Object.keys(toolsOf);

/** Those that an agent gets. What starts agents of its own, or asks the network beside the gateway, is none of them. */
export function foreignTools(tools: readonly ToolName[]): string[] {
  return tools.flatMap((name) => toolsOf[name] ?? []);
}

/** What a call of its tools is in words of ours, as rules read them. */
export function toOwnCall(name: string, input: JsonObject): OwnCall {
  const action = Object.hasOwn(fileActions, name) ? fileActions[name] : undefined;
  if (action !== undefined) return { tool: 'filesystem', input: { action, ...pathOf(input), ...searchOf(input) } };
  if (name === 'Bash') return { tool: 'bash', input: { command: textOr(input['command'], '') } };
  if (name === 'WebFetch') return { tool: 'web', input: { url: textOr(input['url'], '') } };
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  if (server !== undefined) return { tool: `${server}.${tool}`, input };
  return { tool: `claude.${name}`, input };
}

const fileActions: Readonly<Record<string, string>> = {
  Read: 'read',
  Edit: 'edit',
  MultiEdit: 'edit',
  NotebookEdit: 'edit',
  Write: 'write',
  Glob: 'search',
  Grep: 'search',
};

function pathOf(input: JsonObject): JsonObject {
  const path = input['file_path'] ?? input['notebook_path'] ?? input['path'];
  return typeof path === 'string' ? { path } : {};
}

function searchOf({ pattern }: JsonObject): JsonObject {
  return typeof pattern === 'string' ? { pattern } : {};
}

function textOr(value: JsonValue | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
