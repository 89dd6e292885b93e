import type { JsonObject } from '../json.ts';
import { tellApart } from './fit-calls.ts';

/** Blocks of the Messages API that a conversation keeps. */
export type ContentBlock = TextBlock | ToolUseBlock | ToolResultBlock;

/** Plain text, of a person or of a model. */
interface TextBlock {
  type: 'text';
  text: string;
}

/** A model asks for one tool run. */
export interface ToolUseBlock {
  type: 'tool_use';
  id: string;
  name: string;
  input: JsonObject;
  /** Why it cannot run, in words for the model: what it asked for could not be kept. The API never sees this. */
  problem?: string;
}

/** What a tool run gave back; `tool_use_id` names the request it answers. */
export interface ToolResultBlock {
  type: 'tool_result';
  tool_use_id: string;
  content: string;
  is_error?: boolean;
}

/** One message of a conversation, in the Messages API's shape. */
export interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

/** All text of a message, blocks joined by newlines. */
export function textOf(message: Message): string {
  return message.content
    .filter((block): block is TextBlock => block.type === 'text')
    .map((block) => block.text)
    .join('\n');
}

/** The tool requests of a message, in order, each with an id of its own. Earlier versions stored answers in which ids come twice. */
export function toolUsesOf(message: Message): ToolUseBlock[] {
  return tellApart(message.content.filter((block): block is ToolUseBlock => block.type === 'tool_use'));
}
