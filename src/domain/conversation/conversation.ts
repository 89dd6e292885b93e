import type { JsonObject } from '../json.ts';
import { tellApart } from './fit-calls.ts';

/** Blocks of the Messages API that a conversation sends. */
export type ContentBlock =
  TextBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock | RedactedThinkingBlock | ForeignBlock;

/** Blocks that the store keeps of a conversation. */
export type KeptBlock = ContentBlock | UnfinishedBlock | PiecesBlock | TrimmedBlock | NotesBlock;

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

/** What nobody can read but who made it. */
interface OwnBlock {
  /** The provider, or `PROVIDER/MODEL`; left out: `anthropic`, which was the only one. Never sent. */
  from?: string;
}

/** What a model thought, signed by its provider: sent back as it came, with the answer that it belongs to. */
interface ThinkingBlock extends OwnBlock {
  type: 'thinking';
  thinking: string;
  signature: string;
}

/** The same where nobody but the provider can read it. */
interface RedactedThinkingBlock extends OwnBlock {
  type: 'redacted_thinking';
  data: string;
}

/** A block of an answer of a kind that nobody here knows. It is sent back as it came, without this frame. */
export interface ForeignBlock extends OwnBlock {
  type: 'foreign';
  block: JsonObject & { type: string };
}

/** Stands last in an answer that did not come to its end. It is never sent. */
export interface UnfinishedBlock {
  type: 'unfinished';
  /** The answer reached its limit of tokens, or there was nothing in it. */
  why: 'limit' | 'empty';
  /** Which limit, where it is not that of an answer's tokens: what the model takes of question and answer together, or a pause of its provider. */
  limit?: 'context' | 'pause';
  /** How many answers in a row reached their limit, or were empty in the whole attempt, this one included; 0 for one with calls that can run. */
  times: number;
}

/** The text of the pieces before an answer, which are one answer with it: its own text goes on where this ends. Never sent: they were. */
interface PiecesBlock {
  type: 'pieces';
  text: string;
}

/** Stands first in an answer that was asked for with less of the conversation than the answer before: so much is sent of it from then on. Never sent itself. */
interface TrimmedBlock {
  type: 'trimmed';
  /** Of messages before this depth no results of tools are sent, but how they begin. */
  results: number;
  /** First message that is sent after the conversation's first one; left out: it stayed. */
  from?: string;
  /** What stands for the messages before it; left out: what did so before. */
  gist?: Gist;
}

/** Stands in a message that tells of what agents share: up to where it does. Never sent. */
interface NotesBlock {
  type: 'notes';
  upTo: number;
  /** Up to which event of the run; left out: it told of none. */
  seq?: number;
  /** Up to which change of the state; left out: it told of none. */
  change?: number;
}

/** What stands for messages that are left out. */
export interface Gist {
  /** How many they are. */
  messages: number;
  /** What happened in them. */
  text: string;
  /** Who wrote `text`: this model; left out: it is put together of beginnings. */
  by?: string;
  /** What was said to the agent in them, oldest first; `task`: it is the prompt of that execution. */
  pinned: { text: string; task?: string }[];
  /** Up to where they told of what agents share; left out: they did not. */
  notes?: number;
  /** The same of events. */
  noteEvents?: number;
  /** The same of changes of the state. */
  noteChange?: number;
}

/** One message of a conversation, in the Messages API's shape. */
export interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

/** One message of a conversation, as the store keeps it. */
export interface KeptMessage {
  role: 'user' | 'assistant';
  content: KeptBlock[];
}

type Content = Pick<KeptMessage, 'content'>;

/** All text of a message, blocks joined by newlines; of an answer in pieces the text of all of them. */
export function textOf({ content }: Content): string {
  const before = content.find((block) => block.type === 'pieces')?.text ?? '';
  const own = content.filter((block) => block.type === 'text').map((block) => block.text);
  return before + own.join('\n');
}

/** The tool requests of a message, in order, each with an id of its own. Earlier versions stored answers in which ids come twice. */
export function toolUsesOf({ content }: Content): ToolUseBlock[] {
  return tellApart(content.filter((block) => block.type === 'tool_use'));
}

/** Why an answer did not come to its end; null: it did. */
export function unfinishedOf({ content }: Content): UnfinishedBlock | null {
  const last = content.at(-1);
  return last?.type === 'unfinished' ? last : null;
}
