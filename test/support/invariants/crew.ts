/*
 * What must hold of a crew that works together:
 * V14 A message that was read, and not folded into a summary, stands in the turn that delivered it, or is the result of the call that waited for it; no conversation has
 *     it twice. A question that was answered has one answer, nothing is left queued (I3), and
 *     no question or handoff that came before the last turn of its receiver began is dead unread.
 * V15 Two tasks whose files overlap are never at work together (I6). No lock is held by an attempt that has ended, at any kill (H3); at
 *     the end no lock, no place in a row before one and no wait is left (I8). Versions of what is shared have no gaps.
 */
import { planTaskId } from '../../../src/domain/ids/worker-id.ts';
import { parseInstanceId } from '../../../src/domain/ids/execution-id.ts';
import { scopesOverlap } from '../../../src/domain/plan/glob-overlap.ts';
import type { Plan, PlanTask } from '../../../src/domain/plan/plan.ts';
import { filesOf } from '../../../src/domain/plan/workspace.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import type { Store } from '../../../src/store/store.ts';

/** V14, V15, of a run that has ended. */
export async function aboutCrew(store: Store, runKey: string): Promise<string[]> {
  const texts = [unreadText, unansweredText, twiceText, heldText, leftText, gapText];
  const found = await Promise.all(
    texts.map((text) => store.sql.query<{ problem: string }>(`${ofRun} ${text}`, [runKey])),
  );
  return found.flatMap(({ rows }) => rows.map(({ problem }) => problem));
}

/** V15, at any moment: locks that should have fallen. */
export async function aboutLocks(store: Store, runKey: string): Promise<string[]> {
  const { rows } = await store.sql.query<{ problem: string }>(`${ofRun} ${heldText}`, [runKey]);
  return rows.map(({ problem }) => problem);
}

const ofRun = `
with recursive
  run as (select no from runs where run_key = $1),
  mail as (select i.* from inbox i join run on run.no = i.run_no),
  -- A message of an agent begins with what it is, its id, and from whom it comes: mail-text.ts.
  told as (
    select m.id as at, m.call_key, substring(block->>'text' from '^\\[(?:Message|Message to everybody|Question|Answer|Work handed over) ([^ ]+) ') as id
    from messages m join run on run.no = m.run_no, json_array_elements(m.content) as block
    where m.role = 'user' and block->>'type' = 'text' and block->>'text' like '[%')`;

const unreadText = `
select 'V14 ' || i.id || ' is ' || i.state || ', but the turn ' || coalesce(i.delivered_in, '(none)') || ' does not have it once' as problem
from mail i where i.from_context is not null and i.read_at is not null
  -- A summary stands for those that a full inbox folded.
  and not coalesce((to_jsonb(i)->>'folded')::boolean, false)
  and (select count(*) from told t where t.id = i.id and t.call_key = i.delivered_in) <> 1
  and not exists (select 1 from journal j, run where j.run_no = run.no and j.key = i.delivered_in and j.kind = 'tool' and j.state = 'done')
union all
select 'V14 ' || id || ' is left queued' from mail where state = 'queued' and delivered_in is null
union all
select 'V14 ' || i.id || ' is dead, and came before the last turn of ' || i.context from mail i
where i.kind in ('request', 'handoff') and i.asked_by is null and i.state = 'dead' and i.delivered_in is null
  and exists (select 1 from contexts c join run on run.no = c.run_no join messages a on a.id = c.head join messages u on u.id = a.parent
    where c.name = i.context and u.created_at > i.at and a.content::text not like '%"tool_use"%')`;

const unansweredText = `
select 'V14 ' || i.id || ' is ' || i.state || ' and has ' || (select count(*) from mail r where r.reply_to = i.id) || ' answers' as problem
from mail i where i.kind = 'request' and (i.state = 'answered') <> ((select count(*) from mail r where r.reply_to = i.id) = 1)`;

const twiceText = `
, path as (
  select c.name, m.id, m.parent from contexts c join run on run.no = c.run_no join messages m on m.id = c.head
  union all
  select p.name, m.id, m.parent from path p join messages m on m.id = p.parent)
select 'V14 ' || t.id || ' stands ' || count(*) || ' times in ' || p.name as problem
from path p join told t on t.at = p.id join mail i on i.id = t.id group by p.name, t.id having count(*) > 1`;

const heldText = `
select 'V15 ' || l.task || '~' || l.attempt || ' has ended and holds ' || l.key as problem
from state_locks l join run on run.no = l.run_no
where exists (select 1 from events e where e.run_no = l.run_no
  and e.key in ('complete/' || l.task || '~' || l.attempt, 'error/' || l.task || '~' || l.attempt, 'skipped/' || l.task || '/' || l.attempt))`;

const leftText = `
select 'V15 a lock on ' || key || ' is left' as problem from state_locks join run on run.no = run_no
union all select 'V15 ' || task || ' is left before the lock on ' || key from state_lock_queue join run on run.no = run_no
union all select 'V15 ' || call_key || ' is left waiting for ' || key from waits join run on run.no = run_no`;

const gapText = `
select 'V15 ' || key || ' has ' || count(*) || ' versions from ' || min(version) || ' to ' || max(version) as problem
from state_values join run on run.no = run_no group by key having count(*) <> max(version) - min(version) + 1`;

/** V15: files. */
export function aboutFiles(story: readonly RunEvent[], plan: Plan): string[] {
  const scoped = new Map(plan.tasks.filter(({ filesScope }) => filesScope.length > 0).map((task) => [task.id, task]));
  if (scoped.size === 0) return [];
  const found: string[] = [];
  const atWork = new Map<string, PlanTask>();
  for (const event of story) {
    if (event.type === 'task:complete' || event.type === 'task:error') atWork.delete(event.taskId);
    if (event.type !== 'task:start') continue;
    const task = scoped.get(parseInstanceId(planTaskId(event.taskId)).task);
    if (!task) continue;
    const others = [...atWork].filter(([id, other]) => id !== event.taskId && mayMeet(task, other));
    found.push(...others.map(([id]) => `V15 ${event.taskId} starts with files that ${id} holds (event ${event.seq})`));
    atWork.set(event.taskId, task);
  }
  return found;
}

// Items of one task have files of their own where its globs have expressions.
function mayMeet(one: PlanTask, other: PlanTask): boolean {
  if (one === other) return !one.filesScope.every((glob) => glob.includes('${{'));
  return scopesOverlap(filesOf(one), filesOf(other));
}
