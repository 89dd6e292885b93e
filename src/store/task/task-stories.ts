import type { KeptBlock } from '../../domain/conversation/conversation.ts';
import { attemptMark } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';
import type { Sql } from '../database/sql.ts';
import type { StoryEvent, StoryMessage, StoryStep, StoryTask, StoryWrite, TaskStories } from './task-story.ts';

/** What of the run as a whole says why a task stands as it does. `workflow:results` is left out: it names every task. */
const ofWholeRun = [
  ...['run:cancelled', 'run:paused', 'run:waiting', 'run:resumed', 'phase:start', 'phase:complete'],
  ...['workflow:start', 'workflow:complete'],
];
const workerText = `split_part(call_key, '${attemptMark}', 1)`;

/** See {@link TaskStories}. */
export function taskStoriesOf(sql: Sql, numberOf: (runKey: string) => Promise<number>): TaskStories {
  const within =
    <Args extends unknown[], Result>(read: (sql: Sql, no: number, ...args: Args) => Promise<Result>) =>
    async (runKey: string, ...args: Args): Promise<Result> =>
      read(sql, await numberOf(runKey), ...args);
  return {
    taskRow: within(findTask),
    taskEvents: within(listEvents),
    taskMessages: within(listMessages),
    messageContents: within(loadContents),
    taskSteps: within(loadSteps),
    taskWrites: within(listWrites),
    executionsOf: within(listExecutions),
  };
}

async function findTask(sql: Sql, no: number, id: string): Promise<StoryTask | undefined> {
  const { rows } = await sql.query<StoryTask>(
    `select t.id, t.task, t.status, t.prompt, t.width, t.head, t.output, t.output is not null as "isParsed",
       i.value as item, i.value is not null as "hasItem", t.attempts, t.duration_ms as "durationMs", t.reused_from as "reusedFrom"
     from tasks t left join task_items i on i.run_no = t.run_no and i.task = t.task and i.iteration = t.iteration and i.item = t.item
     where t.run_no = $1 and t.id = $2`,
    [no, id],
  );
  return rows[0];
}

// A run's events are read through, as every face does that shows the run: an index by task would cost each turn of every run.
async function listEvents(sql: Sql, no: number, id: string): Promise<StoryEvent[]> {
  const { rows } = await sql.query<{ seq: number; key: string; data: RunEvent; at: Date }>(
    `select seq, key, data, at from events where run_no = $1 and (data ->> 'taskId' = $2 or data ->> 'type' = any($3))
     order by seq limit 20000`,
    [no, id, ofWholeRun],
  );
  return rows.map(({ seq, key, data, at }) => ({ key, event: { ...data, seq, at: at.toISOString() } }));
}

async function listMessages(sql: Sql, no: number, id: string): Promise<StoryMessage[]> {
  const { rows } = await sql.query<Omit<StoryMessage, 'at' | 'costUsd'> & { at: Date; nano: number | null }>(
    `select id, call_key as "callKey", role, depth, created_at as at, usage, cost_nano as nano from messages
     where run_no = $1 and (${workerText} = $2 or right(${workerText}, length($2) + 1) = ':' || $2)
     order by created_at, depth limit 10000`,
    [no, id],
  );
  return rows.map(({ at, nano, ...row }) => ({
    ...row,
    at: at.toISOString(),
    costUsd: nano === null ? null : toUsd(nano),
  }));
}

async function loadContents(sql: Sql, no: number, ids: readonly string[]): Promise<Map<string, KeptBlock[]>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; content: KeptBlock[] }>(
    'select id, content from messages where run_no = $1 and id = any($2)',
    [no, ids],
  );
  return new Map(rows.map(({ id, content }) => [id, content]));
}

async function loadSteps(sql: Sql, no: number, keys: readonly string[]): Promise<Map<string, StoryStep>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql.query<StoryStep & { key: string }>(
    'select key, state, attempts, result from journal where run_no = $1 and key = any($2)',
    [no, keys],
  );
  return new Map(rows.map(({ key, ...step }) => [key, step]));
}

async function listWrites(sql: Sql, no: number, id: string, longest: number): Promise<StoryWrite[]> {
  const { rows } = await sql.query<StoryWrite>(
    `select call_key as "callKey", b ->> 'id' as "toolUseId", b ->> 'name' as tool, b -> 'input' ->> 'action' as action,
       left(b -> 'input' ->> 'path', 4096) as path, left(b -> 'input' ->> 'content', $3) as content,
       left(b -> 'input' ->> 'old_string', $3) as before, left(b -> 'input' ->> 'new_string', $3) as after
     from messages m, json_array_elements(m.content) b
     where m.run_no = $1 and ${workerText} = $2 and role = 'assistant' and depth > 0 and b ->> 'type' = 'tool_use'
       and (b ->> 'name' <> 'filesystem' or b -> 'input' ->> 'action' in ('write', 'edit'))
     order by m.created_at limit 1000`,
    [no, id, longest],
  );
  return rows;
}

async function listExecutions(sql: Sql, no: number, tasks: readonly string[]) {
  if (tasks.length === 0) return [];
  const { rows } = await sql.query<{ id: string; task: string; status: TaskStatus }>(
    `select id, task, status from tasks where run_no = $1 and task = any($2)
     order by coalesce(started_no, ended_no), id limit 10000`,
    [no, tasks],
  );
  return rows;
}
