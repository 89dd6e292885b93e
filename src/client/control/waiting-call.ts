import { textOf, toolUsesOf } from '../../domain/conversation/conversation.ts';
import type { TranscriptEntry } from '../../domain/conversation/transcript-entry.ts';
import type { JsonObject } from '../../domain/json.ts';
import { patchOf } from '../../domain/line-diff.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { isNamespaced } from '../../domain/tool-names.ts';
import { lineOf, readCall } from '../../domain/tools/canonical-call.ts';
import { risksOf } from '../../domain/tools/call-risks.ts';
import type { RunRow } from '../../store/store.ts';
import type { TaskRow } from '../../store/task/task-rows.ts';
import type { Session } from '../connection/session.ts';
import type { WaitingCall } from './waiting-detail.ts';

const mostSources = 10;
const mostWords = 300;

/** A call as an agent asked for it, or a person changed it, and for which execution. */
interface Asked {
  call: { tool: string; input: JsonObject };
  task: TaskRow;
  /** Executions of the run, of which the task's own workspace may be told. */
  rows: readonly TaskRow[];
}

/** A tool call that waits, with what helps to judge it. */
export async function waitingCall(session: Session, row: RunRow, { call, task, rows }: Asked): Promise<WaitingCall> {
  const { store } = session;
  const plan = await store.runs.plan(row.planHash);
  const added = rows.find(({ id }) => id === task.task)?.workspace;
  const planned = plan.tasks.find(({ id }) => id === task.task) ?? (added ? { workspace: added } : {});
  const { path, host } = workspaceOf(plan, planned);
  const read = readCall(call.tool, call.input, path);
  // Where the files are is known only of those that this service's own workers have.
  const isHere = session.startsWorkers && host === undefined;
  return {
    ...{ tool: call.tool, input: call.input, line: lineOf(read), workspace: path, risks: risksOf(read) },
    schema: await schemaOf(call.tool),
    change: isHere ? await changeOf(path, call) : null,
    sources: sourcesIn(await store.runs.transcript(row.runKey, task.context)),
  };
}

async function schemaOf(tool: string): Promise<JsonObject | null> {
  const { createTools } = await import('../../tools/registry.ts');
  // Only what they say of an input counts here.
  const tools = createTools({ shell: { sandbox: 'refused' }, web: { allow: [] } });
  return (tools.get(tool)?.definition.input_schema as JsonObject | undefined) ?? null;
}

async function changeOf(workspace: string, { tool, input }: Asked['call']): Promise<WaitingCall['change']> {
  if (tool !== 'filesystem') return null;
  const { changedFile } = await import('../../tools/files/changed-file.ts');
  const change = await changedFile(workspace, input);
  if (!change) return null;
  const { path, before, after } = change;
  return { path, patch: patchOf(before ?? '', after), isNew: before === null };
}

/** What of a conversation came from outside: pages, answers of servers, words of other agents. */
function sourcesIn(entries: readonly TranscriptEntry[]): WaitingCall['sources'] {
  const answered = new Set(
    entries.flatMap(({ message }) =>
      message.content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : [])),
    ),
  );
  const found = entries.flatMap(({ message, turn }) =>
    toolUsesOf(message).flatMap(({ id, name, input }) => {
      if ((name !== 'web' && !isNamespaced(name)) || !answered.has(id)) return [];
      const line = lineOf(readCall(name, input, null));
      return [{ tool: name, what: safeLine(line).slice(0, mostWords), turn }];
    }),
  );
  const told = entries.flatMap(({ message, turn }) => {
    if (message.role !== 'user') return [];
    const [, from] = /^Message from ([^\n:]{1,100})/m.exec(textOf(message)) ?? [];
    return from === undefined ? [] : [{ tool: 'message', what: safeLine(from), turn }];
  });
  return [...found, ...told].toSorted((a, b) => b.turn - a.turn).slice(0, mostSources);
}
