/*
 * A cassette is made of what is stored anyway: messages, the journal's rows of what is done, and the story that says which model was asked.
 *
 * Left out: thoughts and what providers signed, calls that broke off, prices and times.
 * A conversation of which only a part was sent stands there a second time as it was sent: its beginning, the summary, its end.
 */
import type {
  Cassette,
  TapeBlock,
  TapeCall,
  TapeChoice,
  TapeDelegate,
  TapeHead,
  TapeMessage,
  TapeTool,
} from '../../domain/cassette/cassette.ts';
import { isOwnTool } from '../../domain/cassette/cassette.ts';
import type { KeptBlock, UnfinishedBlock } from '../../domain/conversation/conversation.ts';
import { toSent, wholeView, type Trim } from '../../domain/conversation/sent-messages.ts';
import { viewAfter } from '../../domain/conversation/shorten.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { ownerOf, planTaskId, summedUpBy } from '../../domain/ids/worker-id.ts';
import type { JsonObject } from '../../domain/json.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { summariserOf } from '../../domain/plan/summariser.ts';
import { parseJson } from '../../domain/parse-json.ts';
import { toWireName } from '../../domain/tool-names.ts';
import type { Sql } from '../database/sql.ts';
import type { StoredMessage } from '../run/conversation.ts';
import { loadAdded } from '../task/task-facts.ts';

/** What a run and the runs that are tasks of it asked and got. */
export async function recordCassette(sql: Sql, runKey: string): Promise<Cassette> {
  const { rows } = await sql.query<RunData>(
    `select r.no, r.run_id as "runId", r.workflow, r.plan_hash as hash, p.plan from runs r join plans p on p.hash = r.plan_hash
     where r.no in (select gaffer_family(no) from runs where run_key = $1) order by r.no`,
    [runKey],
  );
  const first = rows[0]!;
  const choices = await choicesOf(sql, rows);
  const recorder = new Recorder();
  for (const run of rows) await recorder.add(sql, run);
  const about = { run: first.runId, workflow: first.workflow, plan: first.hash, inputs: first.plan.inputs };
  return { format: 'gaffer-cassette', version: 1, ...about, ...recorder.recorded(), ...choices };
}

interface RunData {
  no: number;
  runId: string;
  workflow: string;
  hash: string;
  plan: Plan;
}

type MessageRow = StoredMessage;

class Recorder {
  readonly #heads = new Map<string, number>();
  readonly #messages: TapeMessage[] = [];
  readonly #calls: TapeCall[] = [];
  readonly #tools: TapeTool[] = [];
  readonly #places = new Map<string, number>();
  readonly #stored = new Map<string, MessageRow>();
  readonly #sent = new Map<string, number>();

  recorded(): Pick<Cassette, 'heads' | 'messages' | 'calls' | 'tools'> {
    const heads = [...this.#heads.keys()].map((text) => JSON.parse(text) as TapeHead);
    return { heads, messages: this.#messages, calls: this.#calls, tools: this.#tools };
  }

  async add(sql: Sql, { no, plan }: RunData): Promise<void> {
    const messages = await messagesOf(sql, no);
    const asked = await askedOf(sql, no);
    const results = await resultsOf(sql, no);
    const added = await loadAdded(sql, no);
    const taskOf = (id: string): PlanTask | undefined => plan.tasks.find((task) => task.id === id) ?? added.get(id);
    for (const message of messages) {
      this.#stored.set(message.id, message);
      const call = message.role === 'assistant' ? asked.get(message.callKey) : undefined;
      if (call && message.parent !== null) this.#addCall(message, call, { plan, taskOf });
      this.#addTools(message, results, taskOf);
      this.#places.set(message.id, this.#messages.length);
      const parent = message.parent === null ? null : (this.#places.get(message.parent) ?? null);
      this.#messages.push({ parent, role: message.role, content: message.content.flatMap(toTape) });
    }
  }

  /** Where the conversation stands that a call was asked with. */
  #askedAt({ parent, content }: MessageRow): number | undefined {
    const view = sentView(this.#stored, parent!);
    const trim = trimOf(content);
    const isWhole =
      view.length === (view.at(-1)?.depth ?? 0) && view.every((each) => trimOf(each.content) === wholeView);
    if (isWhole && trim === wholeView) return this.#places.get(parent!);
    let place: number | null = null;
    for (const { role, content: said } of toSent(viewAfter(view, trim), trim)) {
      const message: TapeMessage = { parent: place, role, content: said.flatMap(toTape) };
      const key = JSON.stringify(message);
      place = this.#sent.get(key) ?? this.#messages.push(message) - 1;
      this.#sent.set(key, place);
    }
    return place ?? undefined;
  }

  #addCall(
    message: MessageRow,
    { agentName, model, refused }: AskedCall,
    { plan, taskOf }: { plan: Plan; taskOf: (id: string) => PlanTask | undefined },
  ): void {
    const { callKey, content } = message;
    const asked = this.#askedAt(message);
    const { taskId } = parseModelKey(callKey);
    const task = taskOf(planTaskId(taskId));
    const agent = summedUpBy(taskId) === taskId ? agentAtWork(plan, agentName, task) : summariserOf(plan, agentName);
    if (asked === undefined || !agent) return;
    const tools = agent.tools.map(toWireName).filter(isOwnTool).toSorted();
    const head = JSON.stringify({ model, system: agent.system, tools } satisfies TapeHead);
    if (!this.#heads.has(head)) this.#heads.set(head, this.#heads.size);
    const isHelper = ownerOf(taskId) !== taskId;
    this.#calls.push({
      ...{ step: callKey, head: this.#heads.get(head)!, asked, answer: content.flatMap(toTape) },
      ...(task?.output && !isHelper && { output: task.output }),
      stop: stopOf(content, refused),
    });
  }

  #addTools(
    message: MessageRow,
    results: ReadonlyMap<string, Result>,
    taskOf: (id: string) => PlanTask | undefined,
  ): void {
    if (message.role !== 'assistant') return;
    const step = parseModelKey(message.callKey);
    for (const block of message.content) {
      if (block.type !== 'tool_use') continue;
      const key = message.callKey.replace(/\/(\d+)$/, `/${block.id}/$1`);
      const result = results.get(key);
      if (result)
        this.#tools.push({ step: key, name: block.name.replaceAll('__', '.'), input: block.input, ...result });
    }
    // A task that is one call of a tool: its input is what it was asked.
    const key = `${message.callKey.replace(/\/\d+$/, '')}/task/${step.epoch}`;
    const work = taskOf(planTaskId(step.taskId))?.work;
    const result = results.get(key);
    const input =
      result && work?.kind === 'tool' && message.parent !== null ? this.#inputOf(message.parent) : undefined;
    if (result && input && work?.kind === 'tool') this.#tools.push({ step: key, name: work.tool, input, ...result });
  }

  #inputOf(id: string): JsonObject | undefined {
    const place = this.#places.get(id);
    const [block] = place === undefined ? [] : this.#messages[place]!.content;
    const value = block?.type === 'text' ? parseJson(block.text) : undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  }
}

/** The messages of a conversation that its view at a message has: the first one, and those from where it begins. */
function sentView(stored: ReadonlyMap<string, MessageRow>, head: string): MessageRow[] {
  const view: MessageRow[] = [];
  const { viewFrom = null, root } = stored.get(head) ?? {};
  for (let at = stored.get(head); at; at = at.parent === null ? undefined : stored.get(at.parent)) {
    view.push(at);
    if (at.id === viewFrom) break;
  }
  const first = root === undefined ? undefined : stored.get(root);
  if (first && view.at(-1) !== first) view.push(first);
  return view.toReversed();
}

/** What was left out of a conversation when an answer was asked for, as the answer has it. */
function trimOf(answer: readonly KeptBlock[]): Trim {
  const trimmed = answer.find((block) => block.type === 'trimmed');
  return trimmed
    ? { ...wholeView, results: trimmed.results, from: trimmed.from ?? null, gist: trimmed.gist ?? null }
    : wholeView;
}

/** The models that attempts got which were left open, and the agents of added tasks for which nobody was named. */
async function choicesOf(sql: Sql, runs: readonly RunData[]): Promise<Pick<Cassette, 'choices' | 'delegates'>> {
  const all = [runs.map(({ no }) => no)];
  const { rows: choices } = await sql.query<TapeChoice>(
    `select r.workflow, c.id, c.attempt, c.model, c.complexity from model_choices c join runs r on r.no = c.run_no
     where c.run_no = any($1) order by c.run_no, c.id, c.attempt`,
    all,
  );
  const { rows: delegates } = await sql.query<TapeDelegate>(
    `select r.workflow, e.data ->> 'taskId' as task, e.data ->> 'agentName' as agent from events e join runs r on r.no = e.run_no
     where e.run_no = any($1) and e.data ->> 'type' = 'task:added' and e.data ? 'chosen' order by e.run_no, task`,
    all,
  );
  return { ...(choices.length > 0 && { choices }), ...(delegates.length > 0 && { delegates }) };
}

interface AskedCall {
  agentName: string;
  model: string;
  refused: boolean;
}

interface Result {
  content: string;
  isError: boolean;
}

async function messagesOf(sql: Sql, no: number): Promise<MessageRow[]> {
  const { rows } = await sql.query<MessageRow>(
    `select id, parent, root, view_from as "viewFrom", depth, call_key as "callKey", role, content from messages where run_no = $1 order by depth, created_at, id`,
    [no],
  );
  return rows;
}

/** Calls of models that came to their end, by their keys. */
async function askedOf(sql: Sql, no: number): Promise<Map<string, AskedCall>> {
  const { rows } = await sql.query<{ key: string; agentName: string; model: string; refused: boolean | null }>(
    `select j.key, e.data->>'agentName' as "agentName", e.data->>'model' as model, (j.result->>'refused')::boolean as refused
     from journal j join events e on e.run_no = j.run_no and e.key = 'invoke/' || j.key
     where j.run_no = $1 and j.kind = 'model' and j.state = 'done'`,
    [no],
  );
  return new Map(rows.map(({ key, refused, ...call }) => [key, { ...call, refused: refused === true }]));
}

async function resultsOf(sql: Sql, no: number): Promise<Map<string, Result>> {
  const { rows } = await sql.query<{ key: string; content: string | null; isError: boolean | null }>(
    `select key, result->>'content' as content, (result->>'isError')::boolean as "isError"
     from journal where run_no = $1 and kind = 'tool' and state = 'done'`,
    [no],
  );
  return new Map(
    rows.flatMap(({ key, content, isError }) =>
      content === null ? [] : [[key, { content, isError: isError === true }] as const],
    ),
  );
}

function toTape(block: KeptBlock): TapeBlock[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text }];
  if (block.type === 'tool_use') return [{ type: 'tool_use', id: block.id, name: block.name, input: block.input }];
  if (block.type !== 'tool_result') return [];
  const { tool_use_id, content } = block;
  return [{ type: 'tool_result', tool_use_id, content, ...(block.is_error && { is_error: true }) }];
}

function stopOf(content: readonly KeptBlock[], refused: boolean): TapeCall['stop'] {
  if (refused) return 'refusal';
  const last = content.at(-1);
  if (last?.type === 'unfinished') return unfinishedStop(last);
  return content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
}

function unfinishedStop({ why, limit }: UnfinishedBlock): TapeCall['stop'] {
  if (why === 'empty') return 'end_turn';
  if (limit === 'pause') return 'pause_turn';
  return limit === 'context' ? 'model_context_window_exceeded' : 'max_tokens';
}
