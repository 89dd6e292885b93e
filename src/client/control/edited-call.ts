import { parseRequestId } from '../../domain/ids/request-id.ts';
import { toolUsesOf } from '../../domain/conversation/conversation.ts';
import type { AskedCall } from '../../domain/tools/edited-call.ts';
import { readCall } from '../../domain/tools/canonical-call.ts';
import { refuseEdit } from '../../domain/tools/edited-call.ts';
import { rulesFor } from '../../domain/tools/tool-policy.ts';
import type { Workspace } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { Store } from '../../store/store.ts';
import { RefusedError } from '../errors.ts';

/** The tool call that an approval is about, as the agent asked for it, and whose it is; null: it is about something else, or nowhere to be found. */
export async function findAskedCall(
  store: Store,
  runKey: string,
  approvalId: string,
): Promise<(AskedCall & { task: string; workspace: Workspace | null }) | null> {
  const subject = parseRequestId(approvalId);
  if (subject?.kind !== 'tool') return null;
  const { taskId, turn, toolUseId } = subject;
  const rows = await store.runs.tasks(runKey);
  const task = rows.find(({ id }) => id === taskId);
  if (!task) return null;
  const uses = (await store.runs.transcript(runKey, task.context))
    .filter((entry) => entry.taskId === taskId && entry.turn === turn && entry.message.role === 'assistant')
    .flatMap(({ message }) => toolUsesOf(message));
  const use = uses.findLast(({ id }) => id === toolUseId);
  const { workspace = null } = rows.find(({ id }) => id === task.task) ?? {};
  return use ? { task: task.task, workspace, agent: task.agent, tool: use.name, input: use.input } : null;
}

/**
 * Refuses a changed call that would not run anyway, before the decision is used up. The worker decides it again.
 *
 * @throws RefusedError
 */
export async function checkEditedCall(
  store: Store,
  { runId, runKey }: { runId: string; runKey: string },
  { id, edit }: { id: string; edit: JsonValue },
): Promise<void> {
  if (!isInput(edit)) return;
  const [row, asked] = await Promise.all([store.runs.find(runId), findAskedCall(store, runKey, id)]);
  if (row?.runKey !== runKey || !asked) return;
  const plan = await store.runs.plan(row.planHash);
  const task =
    plan.tasks.find((one) => one.id === asked.task) ?? (asked.workspace ? { workspace: asked.workspace } : {});
  const { path } = workspaceOf(plan, task);
  const read = (input: JsonObject) => readCall(asked.tool, input, path);
  const refusal = refuseEdit(rulesFor(plan, asked.agent), asked.agent, {
    asked: read(asked.input),
    edited: read(edit),
  });
  if (refusal === null) return;
  throw new RefusedError(
    refusal === 'forbidden'
      ? `the policy of this run forbids the changed call, so ${id} still waits`
      : `the changed call needs the approval of ${refusal.others}, so ${id} still waits: reject it with a comment that says what to do instead, and the agent's new call is put to them`,
  );
}

function isInput(edit: JsonValue): edit is JsonObject {
  return typeof edit === 'object' && edit !== null && !Array.isArray(edit);
}
