import type { TurnInput } from '../../contracts/turn.ts';
import type { ContentBlock, KeptBlock, ToolResultBlock } from '../../domain/conversation/conversation.ts';
import { toolUsesOf } from '../../domain/conversation/conversation.ts';
import { modelKey, parseModelKey, toAttemptId, toolKey } from '../../domain/ids/journal-key.ts';
import { isHelper, planTaskId } from '../../domain/ids/worker-id.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import { dataNote } from '../../domain/plan/data-note.ts';
import { guideNote, guidesFor } from '../../domain/plan/guide-note.ts';
import { outputNote } from '../../domain/plan/output-note.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { RunEventDraft } from '../../domain/run/run-events.ts';
import type { StoredMessage, View } from '../../store/run/conversation.ts';
import { messageId } from '../../store/run/conversation.ts';
import type { MailPlace, TurnMail } from '../../store/messages/mail.ts';
import { findMail } from '../../store/messages/mail.ts';
import { foldedText, laterText } from '../../domain/messages/inbox-bounds.ts';
import { mailText } from '../../domain/messages/mail-text.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import { findPrompt } from '../../store/task/task-rows.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import type { NotesOfTurn } from '../context/notes.ts';
import { notesFor } from '../context/notes.ts';
import { passedOn } from '../context/results.ts';
import { branchNote, frameOf } from './frame.ts';
import type { ToolResults } from './tool-result.ts';
import { findToolResults } from './tool-result.ts';
import { taskDefinition } from '../base/task-definition.ts';

interface NextMessage {
  message: StoredMessage;
  view: View;
  events: RunEventDraft[];
  mail: MailPlace[];
  /** Messages wait for the turn after it. */
  hasLater: boolean;
}

/**
 * The user message that a model call adds to its conversation, and the view that ends with it.
 *
 * It begins with the results of the tools that the last answer asked for, as the journal has them; a conversation can
 * therefore go on from any answer, also from one whose tools never came to an end. Messages that wait for the context
 * come last; they count as delivered once this turn is frozen.
 *
 * @returns also the events that tell of the messages, to be written with the turn's own, and what becomes of which message
 */
export async function nextMessage(
  store: WorkerStore,
  run: FrozenRun,
  input: TurnInput & { hasMail: boolean; known: ToolResults },
  before: View,
): Promise<NextMessage> {
  const last = before.at(-1);
  const key = modelKey(input);
  // Added for one question, it has that one to read wherever its conversation is.
  const asked = input.turn === 1 ? (await taskDefinition(store.sql, run, input.taskId))?.answers?.request : undefined;
  const [results, prompt, inbox, notes] = await Promise.all([
    last ? toolResults(store.journal, run, { answer: last, known: input.known }) : [],
    promptOf(store, run, input, before),
    input.hasMail ? findMail(store.sql, run.no, mailTurn(input, asked)) : noMail,
    notesOf(store, run, input, before),
  ]);
  const content: KeptBlock[] = [...results, ...prompt, ...notes.blocks, ...newsOf(run, input, inbox, asked)];
  const delivered = [...inbox.folded, ...inbox.shown].filter(({ isTold }) => !isTold);
  const events = [...notes.events, ...delivered.map((one) => deliveredEvent(input, one.id))];
  const id = messageId(run.runKey, key, 'user');
  const message: StoredMessage = {
    id,
    parent: last?.id ?? null,
    root: last?.root ?? id,
    viewFrom: last?.viewFrom ?? null,
    depth: (last?.depth ?? 0) + 1,
    callKey: key,
    role: 'user',
    content,
  };
  return { message, view: [...before, message], events, mail: placesOf(inbox), hasLater: inbox.later.length > 0 };
}

const noMail: TurnMail = { shown: [], folded: [], later: [] };

function newsOf(
  { plan }: FrozenRun,
  { agent }: TurnInput,
  { folded, later, shown }: TurnMail,
  asked: string | undefined,
): ContentBlock[] {
  const canRead = plan.agents[agent]?.tools.includes(builtInTools.inbox.name) ?? false;
  const texts = [
    ...(folded.length > 0 ? [foldedText(folded, canRead)] : []),
    ...shown.map((mail) => mailText(mail, { isTheTask: mail.id === asked, canRead })),
    ...(later.length > 0 ? [laterText(later.length)] : []),
  ];
  return texts.map((text) => ({ type: 'text', text }));
}

// What waits and was never delivered stays as it is.
function placesOf({ folded, later, shown }: TurnMail): MailPlace[] {
  return [
    ...shown.map(({ id }): MailPlace => ({ id, place: 'shown' })),
    ...folded.map(({ id }): MailPlace => ({ id, place: 'folded' })),
    ...later.flatMap(({ id, isTold }): MailPlace[] => (isTold ? [{ id, place: 'later' }] : [])),
  ];
}

// Where nobody looks for messages, nobody looks for notes.
async function notesOf(
  { sql }: WorkerStore,
  run: FrozenRun,
  { hasMail, ...input }: TurnInput & { hasMail: boolean },
  before: View,
): Promise<NotesOfTurn> {
  const task = hasMail && !isHelper(input.taskId) ? await taskDefinition(sql, run, input.taskId) : undefined;
  if (task?.strategy !== 'shared') return { blocks: [], events: [] };
  const prompt = (await findPrompt(sql, run.no, input.taskId)) ?? task.prompt;
  return notesFor(sql, run, input, { task, before, prompt });
}

// What a person or an expression made of the prompt stands in the task's row; hand-written workflows have no rows.
async function promptOf(
  { sql }: WorkerStore,
  run: FrozenRun,
  { prompt, taskId, agent }: TurnInput,
  view: View,
): Promise<ContentBlock[]> {
  if (prompt === null) return [];
  const last = view.at(-1);
  const definition = await taskDefinition(sql, run, taskId);
  const before = last && (await taskDefinition(sql, run, parseModelKey(last.callKey).taskId));
  const move = last ? moveNote(before, definition) : '';
  const guides = last && move === '' ? '' : guidesNote(run, { agent, task: definition });
  const branch = prompt === 'task' ? await branchOf(sql, run, { agent, task: definition }, view) : '';
  if (prompt !== 'task') return [{ type: 'text', text: `${move}${prompt.text}${guides}` }];
  const text = (await findPrompt(sql, run.no, taskId)) ?? definition?.prompt;
  if (text === undefined) throw new Error(`the plan has no task ${taskId}`);
  const passed = definition && !isHelper(taskId) ? await passedOn(sql, run, definition) : '';
  const results = passed === '' ? '' : `\n\n${passed}`;
  const data = definition?.data ? `\n\n${dataNote(definition.data)}` : '';
  const note = definition?.output ? `\n\n${outputNote(definition.output)}` : '';
  return [{ type: 'text', text: `${branch}${move}${text}${guides}${data}${results}${note}` }];
}

// A conversation that another task began, and that this one goes on from.
async function branchOf(
  sql: Sql,
  run: FrozenRun,
  { agent: name, task }: { agent: string; task: PlanTask | undefined },
  view: View,
): Promise<string> {
  const last = view.at(-1);
  const agent = agentAtWork(run.plan, name, task);
  if (!last || !agent || task?.strategy !== 'hierarchical') return '';
  if (planTaskId(parseModelKey(last.callKey).taskId) === task.id) return '';
  return branchNote(agent, await frameOf(sql, run, { agent, task }, view));
}

// Once in each folder: a conversation that goes on knows it.
function guidesNote({ plan }: FrozenRun, { agent, task }: { agent: string; task: PlanTask | undefined }): string {
  const { [agent]: worker } = plan.agents;
  const guides = worker ? guidesFor(plan, worker, task) : [];
  return guides.length > 0 ? `\n\n${guideNote(guides)}` : '';
}

// A conversation that goes on in another folder: what it knows of files holds for the one before.
function moveNote(before: PlanTask | undefined, now: PlanTask | undefined): string {
  const [from, to] = [before?.workspace?.path, now?.workspace?.path];
  if (from === to) return '';
  const folder = to === undefined ? 'the main workspace' : `the folder ${to}`;
  return `[From here on your tools work in ${folder}: paths are relative to it, and what you saw before was in ${from === undefined ? 'the main workspace' : from}.]\n\n`;
}

// An attempt begins where its task began: what those before it were told, it does not know.
function mailTurn(input: TurnInput, asked: string | undefined): Parameters<typeof findMail>[2] {
  const { context, taskId, attempt, turn } = input;
  const isFirst = turn === 1;
  const before = isFirst ? Array.from({ length: attempt - 1 }, (_, index) => index + 1) : [];
  const own = asked === undefined ? [] : [asked];
  return { context, own, key: modelKey(input), isFirst, lost: before.map((each) => `${toAttemptId(taskId, each)}/`) };
}

function deliveredEvent({ taskId, context }: TurnInput, messageId: string): RunEventDraft {
  return { key: `delivered/${messageId}`, type: 'message:delivered', messageId, taskId, to: context };
}

async function toolResults(
  journal: Journal,
  run: FrozenRun,
  { answer, known }: { answer: StoredMessage; known: ToolResults },
): Promise<ToolResultBlock[]> {
  const uses = toolUsesOf(answer);
  if (uses.length === 0) return [];
  const step = parseModelKey(answer.callKey);
  const keyOf = new Map(uses.map((use) => [use.id, toolKey(step, use.id)]));
  const unknown = [...keyOf.values()].filter((key) => !known.has(key));
  const results = new Map([...known, ...(await findToolResults(journal, run, unknown))]);
  return uses.map((use) => {
    const result = results.get(keyOf.get(use.id)!);
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
