import { isUtf8 } from 'node:buffer';
import { tableFacts } from '../domain/money/model-table.ts';
import type { WireBlock, WireMessage, WireRequest } from './wire-request.ts';
import { blocksOf, signatureOf } from './wire-request.ts';

/** What the real API would refuse about a body before it reads it; null when nothing. */
export function complaintAboutBody(raw: Buffer, body: unknown): string | null {
  if (!isUtf8(raw)) return 'The request body is not valid JSON: it is no UTF-8';
  // A half of a character comes as an escape only.
  if ((raw.includes('\\ud') || raw.includes('\\uD')) && hasHalf(body))
    return 'The request body is not valid JSON: no low surrogate in string';
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'Input should be a valid dictionary';
  return null;
}

/**
 * What the real API would refuse about a request, in its words; null when nothing.
 *
 * Checked here so that a conversation which only the scripted model would take fails in the first test. `betas` is the header in which
 * a client asks for more than the API gives by itself.
 */
export function complaintAbout(request: WireRequest, betas: string): string | null {
  const { messages } = request;
  if (typeof request.model !== 'string') return 'model: Field required';
  if (!Array.isArray(messages)) return 'messages: Field required';
  if (messages.length === 0) return 'messages: at least one message is required';
  if (messages[0]!.role !== 'user') return 'messages: first message must use the "user" role';
  return (
    complaintAboutLength(request) ??
    complaintAboutTools(request.tools ?? []) ??
    complaintAboutSystem(request.system) ??
    complaintAboutMessages(turnsOf(messages, betas)) ??
    complaintAboutBreakpoints(request)
  );
}

function complaintAboutLength({ model, max_tokens: asked }: WireRequest): string | null {
  if (asked === undefined) return 'max_tokens: Field required';
  if (!Number.isInteger(asked)) return 'max_tokens: Input should be a valid integer';
  if (asked < 1) return 'max_tokens: must be greater than or equal to 1';
  const most = tableFacts(model)?.maxOutput ?? Infinity;
  if (asked <= most) return null;
  return `max_tokens: ${asked} > ${most}, which is the maximum allowed number of output tokens for ${model}`;
}

function complaintAboutTools(tools: NonNullable<WireRequest['tools']>): string | null {
  const names = new Set<string>();
  for (const [index, { type = '', name, input_schema: schema }] of tools.entries()) {
    // A tool that the provider runs by itself.
    if (/^web_search_\d{8}$/.test(type)) continue;
    const at = `tools.${index}.custom`;
    if (!toolPattern.test(name ?? '')) return `${at}.name: String should match pattern '${toolPattern.source}'`;
    if (names.has(name)) return 'tools: Tool names must be unique.';
    names.add(name);
    if (schema?.['type'] !== 'object') return `${at}.input_schema.type: Field required`;
    if (['oneOf', 'allOf', 'anyOf'].some((key) => Object.hasOwn(schema, key)))
      return `${at}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`;
  }
  return null;
}

function complaintAboutSystem(system: WireRequest['system']): string | null {
  if (typeof system === 'string' || system === undefined) return null;
  const empty = system.findIndex(({ text }) => !text?.trim());
  return empty < 0 ? null : `system.${empty}: text content blocks must contain non-whitespace text`;
}

const toolPattern = /^[a-zA-Z0-9_-]{1,128}$/;
const idPattern = /^[a-zA-Z0-9_-]+$/;
const namePattern = /^[a-zA-Z0-9_-]{1,200}$/;
const blockTypes: Record<string, readonly string[]> = {
  user: ['text', 'tool_result'],
  assistant: ['text', 'tool_use', 'thinking', 'redacted_thinking', 'server_tool_use', 'web_search_tool_result'],
};

// A client may say between turns what the system is, or how hard a turn is to be thought over: that is no turn of anybody.
function turnsOf(messages: WireMessage[], betas: string): WireMessage[] {
  return betas.includes('per-turn-control-') ? messages.filter(({ role }) => role !== 'system') : messages;
}

function complaintAboutMessages(messages: WireMessage[]): string | null {
  const seen = new Set<string>();
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const at = `messages.${index}`;
    const complaint = complaintAboutMessage(message);
    if (complaint !== null) return `${at}${complaint}`;
    const blocks = blocksOf(message.content);
    const asked = new Set<string>();
    const last = blocks.findLastIndex(({ type }) => type === 'tool_result');
    for (const [place, block] of blocks.entries()) {
      const ofBlock = complaintAboutBlock(block, seen);
      if (ofBlock !== null) return `${at}.content.${place}${ofBlock}`;
      if (block.type === 'tool_use') asked.add(block.id!);
      if (block.type === 'tool_result' && !open.delete(block.tool_use_id ?? ''))
        return `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}`;
      if (block.type !== 'tool_result' && place < last) return `${at}: tool_result blocks must come first`;
    }
    if (open.size > 0) {
      const ids = [...open].join(', ');
      return `${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}`;
    }
    open = asked;
  }
  if (open.size > 0) return `messages: \`tool_use\` ids without \`tool_result\` blocks: ${[...open].join(', ')}`;
  if (messages.at(-1)!.role === 'user') return null;
  return 'This model does not support assistant message prefill. The conversation must end with a user message.';
}

function complaintAboutMessage({ role, content }: WireMessage): string | null {
  const types = Object.hasOwn(blockTypes, role) ? blockTypes[role]! : null;
  if (!types) return `.role: '${role}' is not supported`;
  if (content === undefined || content.length === 0) return ': all messages must have non-empty content';
  const blocks = blocksOf(content);
  const other = blocks.find(({ type }) => !types.includes(type));
  if (other) return `: no block of a request of the ${role} is of type '${other.type}'`;
  if (blocks.at(-1)!.type.endsWith('thinking')) return ': The final block in an assistant message cannot be `thinking`';
  return null;
}

function complaintAboutBlock(block: WireBlock, seen: Set<string>): string | null {
  if (block.type === 'thinking' && block.signature !== signatureOf(block.thinking ?? ''))
    return ': Invalid `signature` in `thinking` block';
  if (block.type === 'text' && !block.text?.trim()) return ': text content blocks must contain non-whitespace text';
  if (block.type !== 'tool_use') return null;
  const { id = '', name = '', input } = block;
  if (!idPattern.test(id)) return `.tool_use.id: String should match pattern '${idPattern.source}'`;
  if (!namePattern.test(name)) return `.tool_use.name: String should match pattern '${namePattern.source}'`;
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return '.tool_use.input: Input should be a valid dictionary';
  if (seen.has(id)) return ': `tool_use` ids must be unique';
  seen.add(id);
  return null;
}

function complaintAboutBreakpoints(request: WireRequest): string | null {
  const parts = [request.tools, request.system, ...request.messages.map(({ content }) => content)];
  const count = parts.reduce((sum, part) => sum + marksIn(part), 0);
  return count > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${count}.` : null;
}

// In the content of results, too.
function marksIn(part: unknown): number {
  if (!Array.isArray(part)) return 0;
  return (part as WireBlock[]).reduce((sum, block) => sum + (block.cache_control ? 1 : 0) + marksIn(block.content), 0);
}

function hasHalf(value: unknown): boolean {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => !key.isWellFormed() || hasHalf(inner));
}
