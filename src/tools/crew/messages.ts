import { z } from 'zod';
import { toMilliseconds } from '../../domain/duration.ts';
import type { JsonValue } from '../../domain/json.ts';
import { longestMessage, usualDeadlineMs } from '../../domain/messages/message.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { createInputFormat, inputProblem, storableText, toLine, toPlainText } from '../tool-input.ts';
import type { QuickTool } from '../tool.ts';

const address = storableText(300).refine((text) => text.trim() !== '', { error: 'expected a name' });
const words = storableText(longestMessage)
  .overwrite(toPlainText)
  .refine((text) => text.trim() !== '', { error: 'expected some text' });
const data = z.json().refine((value) => JSON.stringify(value).length <= longestMessage, {
  error: `expected JSON of at most ${longestMessage} characters`,
});

const sendFormat = createInputFormat(
  z.strictObject({
    to: address.describe('a context, a task or an agent of this run; of a broadcast: *'),
    kind: z.enum(['data', 'request', 'response', 'broadcast', 'handoff']),
    text: words,
    data: data.optional().describe('JSON that goes with it'),
    afterwards: z
      .enum(['end', 'continue'])
      .optional()
      .describe('of a handoff: whether your task ends with it (make it your only call then); default: continue'),
  }),
);

const sendDescription = `Writes to another agent of this run, who reads it with the next turn. You act under your own name.
kind: data (something to know), request (a question; the answer reaches you as a message), response (answers the oldest question of "to"), broadcast (everybody; to: "*"), handoff (the other one goes on with your work: say in text what is done and what is left; the files that you changed and a digest of your task go along).
To wait for an answer use ask.`;

const askFormat = createInputFormat(
  z.strictObject({
    to: address.describe('a context, a task or an agent of this run'),
    text: words.describe('one question that can be answered by itself'),
    deadline: z
      .string()
      .refine((text) => toMilliseconds(text) !== null, { error: 'expected a duration, as 30s, 10m or 2h' })
      .optional()
      .describe('how long to wait, as 30s, 10m or 2h; default: 15m'),
    default: storableText(4000).optional().describe('what you go on with when nobody answers in time'),
  }),
);

const askDescription = `Asks another agent of this run and waits for the answer, which is this tool's result. Also who has nothing to do now answers.
Ask what only the other one knows; whoever asks you at the same moment cannot answer.`;

const inboxFormat = createInputFormat(
  z.strictObject({
    folded: z.boolean().optional().describe('true: those that you were told of in a summary only'),
    after: storableText(300).optional().describe('with folded: those after the message with this id'),
    id: storableText(300).optional().describe('one message to you, whole'),
    from: z.int().min(0).optional().describe('with id: the character to begin at; default: 0'),
  }),
);

const inboxDescription =
  'Lists messages to you that you have not read, and questions to you that you have not answered. Messages come by themselves with your next turn: use it to see whether one is open, or to read what was too much for a turn.';

/** The tools with which agents of a run write to each other. Their effects lie in the database alone. */
export function createMessageTools(): { sendMessage: QuickTool; ask: QuickTool; inbox: QuickTool } {
  return { sendMessage: createSendMessage(), ask: createAsk(), inbox: createInbox() };
}

function createSendMessage(): QuickTool {
  return {
    ...{ ...builtInTools.sendMessage, kind: 'quick' },
    definition: {
      name: builtInTools.sendMessage.name,
      description: sendDescription,
      input_schema: sendFormat.jsonSchema,
    },
    problemOf: (input) => inputProblem(sendFormat, input),
    effectOf: (input) => (sendFormat.parse(input).ok ? 'idempotent' : 'pure'),
    describe: (input) => toLine('send_message', input['kind'], 'to', input['to'], input['text']),
    async run(input, call, sql) {
      const parsed = sendFormat.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { to, kind, text, data: attached, afterwards } = parsed.value;
      if (afterwards !== undefined && kind !== 'handoff')
        return { content: 'Not sent: afterwards is of kind "handoff" only.', isError: true };
      return call.post.send(sql, {
        to: to.trim(),
        kind,
        text,
        ...(attached !== undefined && { data: attached as JsonValue }),
        ...(afterwards !== undefined && { afterwards }),
      });
    },
  };
}

function createAsk(): QuickTool {
  return {
    ...{ ...builtInTools.ask, kind: 'quick', mayWait: true },
    definition: { name: builtInTools.ask.name, description: askDescription, input_schema: askFormat.jsonSchema },
    problemOf: (input) => inputProblem(askFormat, input),
    effectOf: (input) => (askFormat.parse(input).ok ? 'idempotent' : 'pure'),
    describe: (input) => toLine('ask', input['to'], input['text']),
    async run(input, call, sql) {
      const parsed = askFormat.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { to, text, deadline, default: fallback = null } = parsed.value;
      const waitMs = (deadline === undefined ? null : toMilliseconds(deadline)) ?? usualDeadlineMs;
      return call.post.ask(sql, { to: to.trim(), text, waitMs, fallback });
    },
  };
}

function createInbox(): QuickTool {
  return {
    ...{ ...builtInTools.inbox, kind: 'quick' },
    definition: {
      name: builtInTools.inbox.name,
      description: inboxDescription,
      input_schema: inboxFormat.jsonSchema,
    },
    problemOf: (input) => inputProblem(inboxFormat, input),
    effectOf: () => 'pure',
    describe: () => 'inbox',
    async run(input, call, sql) {
      const parsed = inboxFormat.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { folded = false, after = null, id, from = 0 } = parsed.value;
      if (id !== undefined) return call.post.inbox(sql, { kind: 'one', id, from });
      return call.post.inbox(sql, folded ? { kind: 'folded', after } : { kind: 'unread' });
    },
  };
}
