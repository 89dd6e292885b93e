import type { KeptBlock } from '../../domain/conversation/conversation.ts';
import { textOf } from '../../domain/conversation/conversation.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import { digestOf, settleGroup } from './groups.ts';
import { listIssues } from '../issues/issues.ts';
import type { Sql } from '../database/sql.ts';
import { listValues } from '../state/state-values.ts';

/** What is known of an execution that has ended. */
export interface TaskFact {
  id: string;
  task: string;
  iteration: number;
  status: TaskStatus;
  /** Whether it was skipped for another reason than its own condition or an empty list, so that its work is missing. */
  isMissing: boolean;
  /** Members of a `for_each`; null: not one. */
  width: number | null;
  head: string | null;
  /** What a structured answer was parsed to; undefined: its text is what counts. */
  output: JsonValue | undefined;
  summary: string;
  outputHash: string | null;
  reuseKey: string | null;
}

/** A run, as far as expressions and reuse look at it. Everything is read once. */
export interface TaskFacts {
  /** Reads those of the tasks that were not read yet, in one go. */
  fetch(tasks: readonly string[]): Promise<void>;
  /** The newest execution of a task that has ended; of a `for_each` the group. */
  latest(task: string): Promise<TaskFact | undefined>;
  /** Members of a group, by item. */
  members(group: TaskFact): Promise<(TaskFact | undefined)[]>;
  /** An execution by its id, whether it has ended or not. */
  instance(id: string): Promise<TaskFact | undefined>;
  /** The execution that left a conversation where it stands. */
  byHead(head: string): Promise<TaskFact | undefined>;
  /** Reads answers in one go. */
  fetchTexts(heads: readonly string[]): Promise<void>;
  text(head: string): Promise<string>;
  item(task: string, iteration: number, item: number): Promise<JsonValue>;
  /** Ids of tasks that were added while the run lived. */
  addedTasks(): Promise<Map<string, PlanTask>>;
  /** Hash of everything that came out of the phases up to one. */
  phaseDigest(phase: number): Promise<string>;
  issues(): Promise<JsonValue>;
  /** Values of the shared state by key, as they are now; `names`: of keys that are written so; null: of all. */
  state(names: readonly string[] | null): Promise<JsonObject>;
  /** The run of the same schedule that had ended last when this one began; null: none. */
  previous(): Promise<PreviousRun | null>;
}

/** A run before this one. */
export interface PreviousRun {
  runId: string;
  status: string;
  /** ISO 8601. */
  endedAt: string;
  outputs: JsonObject;
}

const columns =
  'id, task, item, iteration, status, width, head, output, output is not null as parsed, summary, error is not null as failed, output_hash, reuse_key, ended_no';

/** Facts of a run of the store. `digests` outlives a transaction: see {@link TaskFacts.phaseDigest}. */
export function createTaskFacts(
  sql: Sql,
  { no, board, digests }: { no: number; board: string; digests: Map<number, string> },
): TaskFacts {
  const select = createSelect(sql, no);
  const remember = createMemory();
  return {
    ...latestOf(sql, no, select),
    ...textsOf(sql),
    members: (group) =>
      remember(`members ${group.id}`, async () => {
        const found = await select('task = $2 and iteration = $3 and item is not null', [group.task, group.iteration]);
        const byItem = new Map(found.map((fact) => [fact.item, fact]));
        return Array.from({ length: group.width ?? 0 }, (_, item) => byItem.get(item));
      }),
    byHead: (head) =>
      remember(`head ${head}`, async () => (await select('head = $2 order by ended_no desc', [head]))[0]),
    instance: (id) => remember(`instance ${id}`, async () => (await select('id = $2', [id]))[0]),
    async item(task, iteration, item) {
      const { rows } = await sql.query<{ value: JsonValue }>(
        'select value from task_items where run_no = $1 and task = $2 and iteration = $3 and item = $4',
        [no, task, iteration, item],
      );
      if (!rows[0]) throw new Error(`task ${task} has no item ${item}`);
      return rows[0].value;
    },
    addedTasks: () => remember('added', () => loadAdded(sql, no)),
    async phaseDigest(phase) {
      const known = digests.get(phase);
      if (known !== undefined) return known;
      const digest = await loadDigest(sql, no, phase);
      digests.set(phase, digest);
      return digest;
    },
    issues: () => remember('issues', () => loadIssues(sql, board)),
    state: (names) => loadState(sql, no, names),
    previous: () => remember('previous', () => loadPrevious(sql, no)),
  };
}

/** Executions of one run that a condition picks; `$2` is the first of the values. */
type Select = (where: string, values: unknown[]) => Promise<FoundFact[]>;

function createSelect(sql: Sql, no: number): Select {
  return async (where, values) => {
    const { rows } = await sql.query<RawFact>(`select ${columns} from tasks where run_no = $1 and ${where}`, [
      no,
      ...values,
    ]);
    return rows.map(toFact);
  };
}

function latestOf(sql: Sql, no: number, select: Select): Pick<TaskFacts, 'fetch' | 'latest'> {
  const latest = new Map<string, TaskFact | undefined>();
  const fetch = async (tasks: readonly string[]): Promise<void> => {
    const missing = tasks.filter((task) => !latest.has(task));
    if (missing.length === 0) return;
    for (const task of missing) latest.set(task, undefined);
    const found = await select(
      'task = any($2) and item is null and (ended_no is not null or width is not null) order by iteration',
      [missing],
    );
    for (const { hasEnded, ...fact } of found) {
      const settled = hasEnded ? fact : await settleGroup(sql, no, fact);
      if (settled) latest.set(fact.task, settled);
    }
  };
  return {
    fetch,
    async latest(task) {
      await fetch([task]);
      return latest.get(task);
    },
  };
}

function textsOf(sql: Sql): Pick<TaskFacts, 'fetchTexts' | 'text'> {
  const texts = new Map<string, string>();
  const fetchTexts = async (heads: readonly string[]): Promise<void> => {
    const missing = heads.filter((head) => !texts.has(head));
    const found = await loadTexts(sql, missing);
    for (const head of missing) texts.set(head, found.get(head) ?? '');
  };
  return {
    fetchTexts,
    async text(head) {
      await fetchTexts([head]);
      return texts.get(head)!;
    },
  };
}

/** Does each piece of reading once. */
export function createMemory(): <Value>(key: string, read: () => Promise<Value>) => Promise<Value> {
  const kept = new Map<string, Promise<unknown>>();
  return <Value>(key: string, read: () => Promise<Value>) => {
    const known = kept.get(key) as Promise<Value> | undefined;
    if (known) return known;
    const reading = read();
    kept.set(key, reading);
    return reading;
  };
}

/** Texts of messages by id. */
export async function loadTexts(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; content: KeptBlock[] }>(
    'select id, content from messages where id = any($1)',
    [ids],
  );
  return new Map(rows.map(({ id, content }) => [id, textOf({ content })]));
}

/** Tasks that were added to a run while it lived, by id, in the order of their additions. */
export async function loadAdded(sql: Sql, no: number): Promise<Map<string, PlanTask>> {
  const { rows } = await sql.query<{ id: string; definition: PlanTask }>(
    'select id, definition from tasks where run_no = $1 and definition is not null order by added_no',
    [no],
  );
  return new Map(rows.map(({ id, definition }) => [id, definition]));
}

async function loadDigest(sql: Sql, no: number, phase: number): Promise<string> {
  const { rows } = await sql.query<{ status: TaskStatus; outputHash: string | null }>(
    `select status, output_hash as "outputHash" from tasks
     where run_no = $1 and phase <= $2 and width is null and ended_no is not null`,
    [no, phase],
  );
  return digestOf(rows);
}

async function loadState(sql: Sql, no: number, names: readonly string[] | null): Promise<JsonObject> {
  const values = await listValues(sql, no, names);
  return Object.fromEntries(values.map(({ key, value }) => [key, value]));
}

async function loadIssues(sql: Sql, board: string): Promise<JsonValue> {
  const issues = await listIssues(sql, { board });
  return issues.map(({ number, title, status, labels, assignee }) => ({ id: number, title, status, labels, assignee }));
}

interface RawFact {
  id: string;
  task: string;
  item: number | null;
  iteration: number;
  status: TaskStatus;
  width: number | null;
  head: string | null;
  output: JsonValue;
  parsed: boolean;
  summary: string | null;
  failed: boolean;
  output_hash: string | null;
  reuse_key: string | null;
  ended_no: number | null;
}

type FoundFact = TaskFact & { item: number | null; hasEnded: boolean };

function toFact({ output_hash, reuse_key, parsed, failed, ended_no, ...row }: RawFact): FoundFact {
  return {
    ...row,
    isMissing: row.status === 'skipped' && failed,
    output: parsed ? row.output : undefined,
    summary: row.summary ?? '',
    outputHash: output_hash,
    reuseKey: reuse_key,
    hasEnded: ended_no !== null,
  };
}

async function loadPrevious(sql: Sql, no: number): Promise<PreviousRun | null> {
  const { rows } = await sql.query<{ run_id: string; status: string; ended_at: Date; outputs: JsonObject | null }>(
    `select p.run_id, p.status, p.ended_at, p.result->'outputs' as outputs
     from runs r join runs p on p.run_key = r.previous_key where r.no = $1 and p.ended_at is not null`,
    [no],
  );
  const [row] = rows;
  if (!row) return null;
  const { run_id: runId, status, ended_at: endedAt, outputs } = row;
  return { runId, status, endedAt: endedAt.toISOString(), outputs: outputs ?? {} };
}
