import type { JsonObject } from '../../domain/json.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { ForeignCall, OwnCall } from '../runner.ts';
import { isObject, textIn } from '../values.ts';

/** Tools of ours that it brings. It has a shell always: files are read and written with it, too. */
export const broughtTools: readonly ToolName[] = ['bash', 'filesystem'];

/** What an item of its story does, as a call; null: it is no call of a tool. */
export function callIn(item: JsonObject): (ForeignCall & { own: OwnCall }) | null {
  const id = textIn(item['id']);
  if (id === null) return null;
  switch (item['type']) {
    case 'command_execution': {
      const input = { command: textIn(item['command']) ?? '' };
      return { id, tool: 'exec_command', input, own: { tool: 'bash', input } };
    }
    case 'file_change': {
      const changes = Array.isArray(item['changes']) ? item['changes'].filter(isObject) : [];
      const input = { changes };
      const paths = changes.map((change) => textIn(change['path']) ?? '');
      return {
        id,
        tool: 'apply_patch',
        input,
        own: { tool: 'filesystem', input: { action: 'edit', path: paths.join(', ') } },
      };
    }
    case 'mcp_tool_call': {
      const [server, tool] = [textIn(item['server']) ?? '', textIn(item['tool']) ?? ''];
      const input = isObject(item['arguments']) ? item['arguments'] : {};
      return { id, tool: `${server}.${tool}`, input, own: { tool: `${server}.${tool}`, input } };
    }
    default:
      return null;
  }
}

/** What came of a call. */
export function resultIn(item: JsonObject): { ok: boolean; text: string } {
  const ok = item['status'] === 'completed' && (item['exit_code'] ?? 0) === 0;
  const output = textIn(item['aggregated_output']);
  if (output !== null) return { ok, text: output };
  const failure = item['error'];
  if (isObject(failure)) return { ok, text: textIn(failure['message']) ?? '' };
  const { result } = item;
  return { ok, text: isObject(result) ? JSON.stringify(result['content'] ?? result) : '' };
}
