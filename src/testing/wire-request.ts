import { createHash } from 'node:crypto';
import type { JsonObject } from '../domain/json.ts';

/** A block of a request, as far as the scripted model reads it. */
export interface WireBlock {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  data?: string;
  id?: string;
  name?: string;
  input?: JsonObject;
  tool_use_id?: string;
  content?: string | WireBlock[];
  is_error?: boolean;
  cache_control?: unknown;
}

/** A message of a request. */
export interface WireMessage {
  role: string;
  content: string | WireBlock[];
}

/** A tool definition of a request. */
interface WireTool {
  name: string;
  description?: string;
  input_schema?: JsonObject;
  cache_control?: unknown;
}

/** The body of `POST /v1/messages`. */
export interface WireRequest {
  model: string;
  max_tokens: number;
  messages: WireMessage[];
  system?: string | WireBlock[];
  tools?: WireTool[];
  stream?: boolean;
}

/** A message's or tool result's content as blocks. */
export function blocksOf(content: string | WireBlock[] | undefined): WireBlock[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** All text of a content, blocks joined by newlines. */
export function plainText(content: string | WireBlock[] | undefined): string {
  if (typeof content === 'string') return content;
  if (content?.length === 1) return content[0]!.text ?? '';
  return blocksOf(content)
    .filter((block) => block.type === 'text')
    .map((block) => block.text ?? '')
    .join('\n');
}

/**
 * What the real API would refuse about a request, in its words; null when nothing.
 *
 * Checked here so that a conversation which only the scripted model would take fails in the first test.
 */
export function complaintAbout(request: WireRequest): string | null {
  if (typeof request.model !== 'string') return 'model: Field required';
  if (!Array.isArray(request.messages)) return 'messages: Field required';
  if (request.messages.length === 0) return 'messages: at least one message is required';
  if (request.messages[0]!.role !== 'user') return 'messages: first message must use the "user" role';
  return complaintAboutMessages(request.messages) ?? complaintAboutBreakpoints(request);
}

/** The scripted model's signature of what it thought. */
export function signatureOf(thinking: string): string {
  return createHash('sha256').update(`scripted\n${thinking}`).digest('base64');
}

const blockTypes = ['text', 'tool_use', 'tool_result', 'thinking', 'redacted_thinking'];
const idPattern = /^[a-zA-Z0-9_-]+$/;
const namePattern = /^[a-zA-Z0-9_-]{1,200}$/;

function complaintAboutCall({ id = '', name = '' }: WireBlock, seen: Set<string>): string | null {
  if (!idPattern.test(id)) return `tool_use.id: String should match pattern '${idPattern.source}'`;
  if (!namePattern.test(name)) return `tool_use.name: String should match pattern '${namePattern.source}'`;
  return seen.has(id) ? '`tool_use` ids must be unique' : null;
}

function complaintAboutMessages(messages: WireMessage[]): string | null {
  const seen = new Set<string>();
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const at = `messages.${index}`;
    if (message.role !== 'user' && message.role !== 'assistant')
      return `${at}.role: '${message.role}' is not supported`;
    if (message.content.length === 0) return `${at}: all messages must have non-empty content`;
    const asked = new Set<string>();
    if (message.role === 'assistant' && blocksOf(message.content).at(-1)?.type.endsWith('thinking'))
      return `${at}: The final block in an assistant message cannot be \`thinking\``;
    for (const block of blocksOf(message.content)) {
      if (!blockTypes.includes(block.type)) return `${at}: no block of a request is of type '${block.type}'`;
      if (block.type === 'thinking' && block.signature !== signatureOf(block.thinking ?? ''))
        return `${at}: Invalid \`signature\` in \`thinking\` block`;
      if (block.type === 'text' && !block.text?.trim())
        return `${at}: text content blocks must contain non-whitespace text`;
      if (block.type === 'tool_use') {
        const complaint = complaintAboutCall(block, seen);
        if (complaint !== null) return `${at}.${complaint}`;
        seen.add(block.id!);
        asked.add(block.id!);
      }
      if (block.type === 'tool_result' && !open.delete(block.tool_use_id ?? '')) {
        return `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${block.tool_use_id}`;
      }
    }
    if (open.size > 0) {
      const ids = [...open].join(', ');
      return `${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}`;
    }
    open = asked;
  }
  if (open.size > 0) return `messages: \`tool_use\` ids without \`tool_result\` blocks: ${[...open].join(', ')}`;
  return null;
}

function complaintAboutBreakpoints(request: WireRequest): string | null {
  let count = (request.tools ?? []).filter((tool) => tool.cache_control).length;
  const contents = [request.system ?? '', ...request.messages.map((message) => message.content)];
  for (const content of contents) {
    if (typeof content !== 'string') count += content.filter((block) => block.cache_control).length;
  }
  return count > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${count}.` : null;
}
