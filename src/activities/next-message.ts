import type { TurnInput } from '../contracts/activities.ts';
import type { ContentBlock, ToolResultBlock } from '../domain/conversation.ts';
import { toolUsesOf } from '../domain/conversation.ts';
import { modelKey, parseModelKey, toolKey } from '../domain/journal-key.ts';
import { trimStart } from '../domain/pruning.ts';
import type { StoredMessage, View } from '../store/conversation.ts';
import { messageId } from '../store/conversation.ts';
import type { Journal } from '../store/journal.ts';
import type { FrozenRun } from './frozen-run.ts';

/**
 * The user message that a model call adds to its conversation, and the view that ends with it.
 *
 * It begins with the results of the tools that the last answer asked for, as the journal has them; a conversation can
 * therefore go on from any answer, also from one whose tools never came to an end.
 */
export async function nextMessage(
  journal: Journal,
  run: FrozenRun,
  input: TurnInput,
  before: View,
): Promise<{ message: StoredMessage; view: View }> {
  const last = before.at(-1);
  const content: ContentBlock[] = [...(last ? await toolResults(journal, run, last) : []), ...promptOf(run, input)];
  const callKey = modelKey(input);
  const id = messageId(run.runKey, callKey, 'user');
  const message: StoredMessage = {
    id,
    parent: last?.id ?? null,
    root: last?.root ?? id,
    viewFrom: last?.viewFrom ?? null,
    depth: (last?.depth ?? 0) + 1,
    callKey,
    role: 'user',
    content,
  };
  const [first, ...others] = before;
  if (!first) return { message, view: [message] };
  const rest = [...others, message];
  const start = trimStart(rest, run.plan.context.maxMessages);
  if (start > 0) message.viewFrom = rest[start]!.id;
  return { message, view: [first, ...rest.slice(start)] };
}

function promptOf(run: FrozenRun, input: TurnInput): ContentBlock[] {
  if (input.prompt === null) return [];
  const text =
    input.prompt === 'task' ? run.plan.tasks.find((task) => task.id === input.taskId)?.prompt : input.prompt.text;
  if (text === undefined) throw new Error(`the plan has no task ${input.taskId}`);
  return [{ type: 'text', text }];
}

async function toolResults(journal: Journal, run: FrozenRun, answer: StoredMessage): Promise<ToolResultBlock[]> {
  const uses = toolUsesOf(answer);
  if (uses.length === 0) return [];
  const step = parseModelKey(answer.callKey);
  const keyOf = new Map(uses.map((use) => [use.id, toolKey(step, use.id)]));
  const results = await journal.results(run.no, [...keyOf.values()]);
  return uses.map((use) => {
    const result = results.get(keyOf.get(use.id)!) as { content: string; isError: boolean } | undefined;
    return {
      type: 'tool_result',
      tool_use_id: use.id,
      content: result?.content || (result ? '(no output)' : unknownOutcome),
      ...(!result || result.isError ? { is_error: true } : {}),
    };
  });
}

/** What the model is told of a tool run that a crash or a cancel cut off. */
export const unknownOutcome =
  'Outcome unknown: this tool was interrupted before it reported. It may or may not have taken effect. Check before you repeat it.';
