import type { WaitingAnswer } from '../../contracts/waiting.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import { parseRequestId } from '../../domain/ids/request-id.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Wait } from '../../domain/run/waits.ts';
import type { Store } from '../../store/store.ts';
import { addedText } from './added-text.ts';
import { findAskedCall } from './edited-call.ts';

/** All of what is asked about: a tool call, or a prompt or result. */
export type AskedWhole = { tool: string; input: JsonObject } | string;

/** A run that is asked about. */
interface AskedAbout {
  runKey: string;
  waiting: () => Promise<WaitingAnswer>;
}

/**
 * All of what an approval is about, as it would come to pass now: as its agent asked for it, or as the last edit has it.
 *
 * Null: its detail is all that is known, or it has been changed since.
 */
export async function readAsked(store: Store, run: AskedAbout, one: Wait): Promise<AskedWhole | null> {
  const { id, edits = 0 } = one;
  const subject = id === null ? null : parseRequestId(id);
  if (id === null || subject === null) return null;
  if (edits > 0) return readEdit(store, run, { id, edits });
  if (subject.kind === 'tool') return callOf(await findAskedCall(store, run.runKey, id));
  if (subject.kind !== 'before' && subject.kind !== 'after') return null;
  const tasks = await store.runs.tasks(run.runKey);
  const task = tasks.find((each) => each.id === subject.taskId);
  if (!task) return null;
  if (subject.kind === 'before') return task.prompt;
  const added = await store.runs.added(run.runKey);
  const own = tasks.flatMap(({ id, parent }) => (parent === task.id ? (added.get(id) ?? []) : []));
  const said = (await store.runs.transcript(run.runKey, task.context)).findLast(
    ({ taskId, message }) => taskId === task.id && message.role === 'assistant',
  );
  return said ? [textOf(said.message), addedText(own)].filter(Boolean).join('\n\n') : null;
}

// The events of a run have the beginning of an edit; the run itself has all of it.
async function readEdit(
  store: Store,
  run: AskedAbout,
  { id, edits }: { id: string; edits: number },
): Promise<AskedWhole | null> {
  const [waiting, asked] = await Promise.all([run.waiting(), findAskedCall(store, run.runKey, id)]);
  const now = waiting.find((each) => each.id === id);
  if (now?.edits !== edits || now.edit === undefined) return null;
  const { edit } = now;
  if (typeof edit === 'string') return edit;
  return asked && typeof edit === 'object' && edit !== null && !Array.isArray(edit)
    ? { tool: asked.tool, input: edit }
    : null;
}

function callOf(asked: { tool: string; input: JsonObject } | null): AskedWhole | null {
  return asked && { tool: asked.tool, input: asked.input };
}
