/*
 * Requests are told apart by what they say, not by when they are made:
 *
 * Q1 What is compared: model, system prompt, the agent's own tools, the schema of the answer, and every block of the conversation.
 * Q2 What names the run rather than its work is the same in all: its id, those of messages, UUIDs, times. Ids of calls are not compared, thoughts neither.
 */
import type { JsonValue } from '../json.ts';
import type { TapeBlock, TapeHead, TapeMessage } from './cassette.ts';

/** A request as it is compared: what it is made of, by the words that people use. */
export interface TapeRequest {
  parts: readonly { name: string; text: string }[];
}

interface Said {
  role: string;
  content: readonly { type: string }[];
}

/** A request as it is compared. `run`: the id of the run that makes it. */
export function toTapeRequest(
  head: TapeHead,
  asked: { messages: readonly Said[]; output: JsonValue | undefined; run: string },
): TapeRequest {
  const said = asked.messages.flatMap((message) =>
    saidIn(message, asked.run).map((text) => ({ role: message.role, text })),
  );
  const before = [...headTexts(head, asked.run), outputText(asked.output)];
  return {
    parts: [
      ...before.map((text, at) => ({ name: headNames[at]!, text })),
      ...said.map(({ role, text }, at) => ({ name: `${role}'s text ${at + 1}`, text })),
    ],
  };
}

const headNames = ['model', 'system prompt', 'tools', 'output schema'];

/** What stands before the conversation of a request, as it is compared. */
export function headTexts({ model, system, tools }: TapeHead, run: string): string[] {
  return [model, sameIn(run)(system), [...tools].sort().join('\n')];
}

/** The schema of an answer, as it is compared. */
export function outputText(output: JsonValue | undefined): string {
  return output === undefined ? '' : sorted(output);
}

/** What a message says, as it is compared. */
export function saidIn({ content }: Said, run: string): string[] {
  const same = sameIn(run);
  return content.flatMap((block) => (isSaid(block) ? textsOf(block).map(same) : []));
}

/** The conversation that ends with a message, oldest first. */
export function conversationOf(messages: readonly TapeMessage[], head: number): TapeMessage[] {
  const found: TapeMessage[] = [];
  for (let at: number | null = head; at !== null; at = messages[at]!.parent) found.push(messages[at]!);
  return found.reverse();
}

/** The call of a tool, as it is compared. */
export function toTapeCall(name: string, input: JsonValue, run: string): string {
  return `${name}\n${sameIn(run)(sorted(input))}`;
}

// What a provider or the store put there besides is compared by nobody (Q2).
function isSaid(block: { type: string }): block is TapeBlock {
  return ['text', 'tool_use', 'tool_result'].includes(block.type);
}

function textsOf(block: TapeBlock): string[] {
  if (block.type === 'text') return [block.text];
  if (block.type === 'tool_use') return [`[calls ${block.name}] ${sorted(block.input)}`];
  return [`[result${block.is_error ? ', an error' : ''}] ${block.content}`];
}

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const time = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g;

// They are made of the calls that send them (`messageIdOf`).
const messageId = /\bm-(?=[a-z]*\d)[0-9a-z]{9,14}(?:-[0-9a-f]{12})?\b/g;

// A run that is called by a plain word shares it with texts that mean something else.
function sameIn(run: string): (text: string) => string {
  const isTelling = run.length >= 6 && /[-_.]/.test(run);
  return (text) => {
    const others = text.replace(uuid, '{uuid}').replace(time, '{time}').replace(messageId, '{message}');
    return isTelling ? others.replaceAll(run, '{run}') : others;
  };
}

function sorted(value: JsonValue): string {
  return JSON.stringify(value, (_, each: JsonValue) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}
