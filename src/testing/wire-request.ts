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
  /** Of a tool that the provider runs by itself. */
  type?: string;
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

/** The scripted model's signature of what it thought. */
export function signatureOf(thinking: string): string {
  return createHash('sha256').update(`scripted\n${thinking}`).digest('base64');
}
