/*
 * Results of earlier runs, used again.
 *
 * R1 A result is used again when its key is unchanged; where the task stands and what it is called do not matter.
 * R2 Each result is used once, by the task of the same id if there is one: equal tasks do not borrow from each other.
 * R3 What is used again is copied, so that the earlier run can be removed. It costs the new run nothing.
 * R4 What a run along the way was told to do anew is not found behind it.
 * R5 What somebody set out to undo is not used again, also where that failed or was cut off: it may be half gone.
 * R6 Where files or an approval went into a result, it counts only while they are as they were (domain/plan/reuse-rule.ts): of the run that
 *    was named alone, as those before it were changed by it. A run that was started before this rule keeps what it was promised.
 */
import { attemptMark } from '../../domain/ids/journal-key.ts';
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { looksAround, reuseRule } from '../../domain/plan/reuse-rule.ts';
import type { ReusedFiles } from '../../domain/run/run-events.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Sql } from '../database/sql.ts';

/** An earlier run, nearest first, and what of it may be used. */
export interface ReuseLevel {
  no: number;
  runId: string;
  /** Ids of tasks and of executions that are done anew. */
  redo: ReadonlySet<string>;
  /** Executions or tasks whose results may be used; null: all. */
  only: ReadonlySet<string> | null;
}

/** A result that can be used again. */
export interface Reusable {
  no: number;
  runId: string;
  id: string;
  task: string;
  head: string | null;
  output: JsonValue | undefined;
  summary: string;
  outputHash: string | null;
  attempts: number;
}

const maxAncestors = 100;

/** The runs that a lineage goes back to. Those that were removed end it. */
export async function loadLevels(sql: Sql, lineage: Lineage | null): Promise<ReuseLevel[]> {
  const levels: ReuseLevel[] = [];
  const redo = new Set<string>();
  const seen = new Set<string>();
  for (let next = lineage; next && levels.length < maxAncestors && !seen.has(next.runKey);) {
    seen.add(next.runKey);
    for (const id of next.redo) redo.add(id);
    const { rows } = await sql.query<{ no: number; run_id: string; lineage: Lineage | null }>(
      'select no, run_id, lineage from runs where run_key = $1',
      [next.runKey],
    );
    const row = rows[0];
    if (!row) break;
    levels.push({ no: row.no, runId: row.run_id, redo: new Set(redo), only: next.only && new Set(next.only) });
    // A checkpoint names everything that counts of the runs before it too: they were copied (R3).
    if (next.only) break;
    next = row.lineage;
  }
  return levels;
}

/** Candidates for keys, by key: nearest run first, newest result first. Results of tasks that added tasks are none, as those would be missing. */
export async function findCandidates(
  sql: Sql,
  levels: readonly ReuseLevel[],
  keys: readonly string[],
): Promise<Map<string, Reusable[]>> {
  const byKey = new Map<string, Reusable[]>();
  if (levels.length === 0 || keys.length === 0) return byKey;
  const { rows } = await sql.query<RawReusable>(
    `select run_no as no, id, task, reuse_key, reused_from, head, output, output is not null as parsed, summary, output_hash, attempts
     from tasks t where run_no = any($1) and reuse_key = any($2) and status in ('succeeded', 'reused') and width is null
       and not exists (select from events e where e.run_no = t.run_no and e.key = 'undo/' || t.id)
       and not exists (select from tasks c where c.run_no = t.run_no and c.parent = t.id and c.definition is not null)
     order by array_position($1::bigint[], run_no), ended_no desc`,
    [levels.map(({ no }) => no), keys],
  );
  const levelOf = new Map(levels.map((level) => [level.no, level]));
  // A copy and what it is a copy of are one result (R2).
  const copies = new Set(rows.map(({ reused_from }) => reused_from));
  for (const { reuse_key, reused_from: _from, output_hash, parsed, ...row } of rows) {
    if (copies.has(toSource(row))) continue;
    const { redo, only, runId } = levelOf.get(row.no)!;
    if (redo.has(row.id) || redo.has(row.task) || (only && !only.has(row.id) && !only.has(row.task))) continue;
    const output = parsed ? row.output : undefined;
    const found = { ...row, output, summary: row.summary ?? '', outputHash: output_hash, runId };
    const list = byKey.get(reuse_key) ?? [];
    list.push(found);
    byKey.set(reuse_key, list);
  }
  return byKey;
}

/** Picks the result for a task among those of its key (R2). `siblings`: other tasks of the plan that ask for the very same. */
export function chooseReusable(
  candidates: readonly Reusable[],
  { id, siblings, used }: { id: string; siblings: ReadonlySet<string>; used: ReadonlySet<string> },
): Reusable | undefined {
  const free = candidates.filter((one) => !used.has(toSource(one)));
  return free.find((one) => one.id === id) ?? free.find((one) => !siblings.has(one.task));
}

/** Those of the results that a task may take over (R6). */
export function allowedOf(
  candidates: readonly Reusable[],
  { plan, task, lineage, levels }: { plan: Plan; task: PlanTask; lineage: Lineage; levels: readonly ReuseLevel[] },
): Reusable[] {
  const isOld = lineage.filesChanged === undefined && task.reuse === undefined;
  const rule = isOld ? 'always' : reuseRule(plan, task, lineage.kind);
  if (rule === 'always') return [...candidates];
  const isSame = rule === 'same-files' && lineage.filesChanged === null;
  return isSame ? candidates.filter(({ no }) => no === levels[0]?.no) : [];
}

/** How the files are that a result looked at; undefined: it looked at none. */
export function filesOfReused(plan: Plan, task: PlanTask, { filesChanged }: Lineage): ReusedFiles | undefined {
  if (!looksAround(plan, task)) return undefined;
  return filesChanged === undefined ? 'unknown' : filesChanged === null ? 'same' : 'changed';
}

/** Names a result across runs. */
export function toSource({ no, id }: { no: number; id: string }): string {
  return `${no}/${id}`;
}

/** Which results of earlier runs a run has used so far. */
export async function loadUsed(sql: Sql, no: number): Promise<Set<string>> {
  const { rows } = await sql.query<{ reused_from: string }>(
    'select reused_from from tasks where run_no = $1 and reused_from is not null',
    [no],
  );
  return new Set(rows.map((row) => row.reused_from));
}

// The same message gets the same id in the new run, whoever copies it: conversations share what they have in common.
const copied = (column: string): string =>
  `translate(left(encode(sha256(convert_to('copy' || $1::bigint::text || E'\\n' || ${column}, 'UTF8')), 'base64'), 22), '+/', '-_')`;

const copyText = `
with recursive chain as (
  select m.* from messages m where m.id = $2::text
  union all
  select m.* from chain join messages m on m.id = chain.parent
  where not exists (select from messages c where c.id = ${copied('chain.id')})),
copies as (
  insert into messages (id, run_no, parent, root, view_from, depth, call_key, role, content, cost_nano, created_at)
  select ${copied('id')}, $1::bigint, ${copied('parent')}, ${copied('root')}, ${copied('view_from')}, depth,
    case when starts_with(call_key, $3::text || '${attemptMark}') then $4::text || substr(call_key, length($3::text) + 1) else call_key end,
    role, content, case when role = 'assistant' then 0 end, created_at from chain
  on conflict (id) do nothing)
select ${copied('$2::text')} as id`;

/** Copies the conversation that ends with a result into a run (R3). @returns the head there */
export async function copyConversation(
  sql: Sql,
  no: number,
  { source, id, context, agent }: { source: Reusable; id: string; context: string; agent: string },
): Promise<string | null> {
  if (source.head === null) return null;
  const { rows } = await sql.query<{ id: string }>(copyText, [no, source.head, source.id, id]);
  const head = rows[0]!.id;
  await sql.query(
    `insert into contexts (run_no, name, agent, head) values ($1, $2, $3, $4)
     on conflict (run_no, name) do update set head = excluded.head, agent = excluded.agent`,
    [no, context, agent, head],
  );
  return head;
}

interface RawReusable {
  no: number;
  id: string;
  task: string;
  reuse_key: string;
  reused_from: string | null;
  head: string | null;
  output: JsonValue;
  parsed: boolean;
  summary: string | null;
  output_hash: string | null;
  attempts: number;
}
