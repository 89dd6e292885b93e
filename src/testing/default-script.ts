import { chooseModel, providerOf } from '../domain/money/model-table.ts';
import { keyVariable } from '../domain/money/provider-variables.ts';
import type { JsonObject } from '../domain/json.ts';
import { schemaInPrompt } from '../domain/plan/output-note.ts';
import { sampleValue } from './sample-value.ts';
import type { Script, ScriptedConversation } from './script.ts';

/**
 * What `gaffer run` uses without a key: answers every prompt in one or two turns.
 *
 * An agent with the filesystem tool first lists the workspace; then it ends with a short text that says who answers and what was asked,
 * or with JSON where the task asks for that: a value that meets the task's `output`.
 */
export const defaultScript: Script = {
  rules: [
    {
      name: 'looks around first',
      when: (conversation) =>
        conversation.turn === 0 && conversation.tools.includes('filesystem') && !asksAgain(conversation.prompt),
      answer: () => ({
        text: 'I look at the workspace first.',
        tools: [{ name: 'filesystem', input: { action: 'list', path: '.' } }],
      }),
    },
    {
      name: 'answers in the form that was asked for',
      when: (conversation) => wantedForm(conversation) !== undefined,
      answer: (conversation) => ({ text: formedAnswer(wantedForm(conversation)!) }),
    },
    { name: 'says what was asked', when: () => true, answer: (conversation) => ({ text: closingText(conversation) }) },
  ],
};

/** What a prompt says that sends an answer back because of its form. */
function asksAgain(prompt: string): boolean {
  return /^The answer is .*Answer again, with the corrected JSON only\.$/s.test(prompt.trim());
}

/** The schema of the answer that is due, and how often one was sent back. */
function wantedForm({ prompt, messages }: ScriptedConversation): { schema: JsonObject; attempt: number } | undefined {
  const schema = schemaInPrompt(prompt);
  if (schema || !asksAgain(prompt)) return schema && { schema, attempt: 0 };
  let attempt = 0;
  for (const { role, content } of messages.toReversed()) {
    const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('\n');
    const earlier = role === 'user' ? schemaInPrompt(text) : undefined;
    if (earlier) return { schema: earlier, attempt };
    if (role === 'user' && asksAgain(text)) attempt++;
  }
  return undefined;
}

function formedAnswer({ schema, attempt }: { schema: JsonObject; attempt: number }): string {
  try {
    return JSON.stringify(sampleValue(schema, attempt));
  } catch {
    // Too large with all that it may have.
    return JSON.stringify(sampleValue(schema, attempt * 2 + 1));
  }
}

function closingText(conversation: ScriptedConversation): string {
  const lines = [
    `This is the scripted model: no real model was asked, nothing was paid. Set ${keyVariable(providerOf(chooseModel(conversation.model)))} for real answers.`,
    `The task was: ${firstLine(conversation.prompt)}`,
  ];
  const listing = conversation.results.find((result) => result.name === 'filesystem' && !result.isError);
  if (listing) lines.push(`The workspace begins with: ${firstLine(listing.content)}`);
  return lines.join('\n');
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!.trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line || '(empty)';
}
