/*
 * Messages from one run to another one in the same database, by `run:ID/NAME`.
 *
 * X1 Both files allow it, by the ids of runs under `communication.runs`; who is not let in does not learn whether there is such a run.
 * X2 Who sends is set by the orchestrator: `run:ID/CONTEXT`, which is also where an answer goes.
 * X3 The other run's inbox takes so many unread ones from outside, and no more.
 * X4 Runs of another tenant are no partners, whatever the files say: ids and globs without "@" are of the sender's own tenant.
 */
import { findAddress } from '../../domain/messages/address.ts';
import { inTenant, isOf, tenantOf } from '../../domain/ids/tenant.ts';
import { mostFromOutside } from '../../domain/messages/message.ts';
import { matchesGlob } from '../../domain/tools/glob.ts';
import { hashOf } from '../../store/database/canonical-json.ts';
import type { Sql } from '../../store/database/sql.ts';
import { findKnownTasks } from '../../store/messages/known-tasks.ts';
import { countFromOutside } from '../../store/messages/from-outside.ts';
import { writeAgentMessage } from '../../store/messages/messages.ts';
import { findFrozen, findLiveRun } from '../../store/run/frozen-row.ts';
import type { Letter } from '../../tools/crew/post-office.ts';
import type { ToolOutput } from '../../tools/tool.ts';
import type { Sender } from './sender.ts';
import { messageIdOf, problemOfResponse, refused, sentEvent } from './sender.ts';

const pattern = /^run:([^/]+)\/(.+)$/s;

/** Whether a word means somebody of another run. */
export function isInOtherRun(to: string): boolean {
  return to.startsWith('run:');
}

/** Sends a message into another run, in the transaction of the call. */
export async function sendToRun(sql: Sql, sender: Sender, { to, kind, text, data }: Letter): Promise<ToolOutput> {
  const { run, address, taskId, callKey } = sender;
  const [, named, name] = pattern.exec(to) ?? [];
  if (named === undefined || name === undefined)
    return refused(`somebody of another run is called run:ID/NAME, and not "${to.slice(0, 100)}".`);
  if (kind === 'broadcast') return refused('a broadcast goes to agents of this run only.');
  if (kind === 'handoff')
    return refused('work is handed over within this run only: write what the other run needs as data.');
  const runId = inTenant(tenantOf(run.runId), named);
  const other = await findPartner(sql, sender, runId);
  if (!other) {
    return refused(
      `there is no run ${named.slice(0, 100)} at work that this one may write to: both files have to name the other one under communication.runs.`,
    );
  }
  const found = findAddress(other.plan, await findKnownTasks(sql, other.no, name), name);
  if ('problem' in found) return refused(`in the run ${runId}, ${found.problem}`);
  const { context, state } = found;
  if (state === 'ended') return refused(`${context} of the run ${runId} has ended and reads nothing more.`);
  if ((await countFromOutside(sql, other.no, context)) >= mostFromOutside)
    return refused(`${context} of the run ${runId} has ${mostFromOutside} messages of other runs to read first.`);
  const from = `run:${run.runId}/${address}`;
  const receiver = `run:${runId}/${context}`;
  const problem = kind === 'response' ? await problemOfResponse(sql, sender, receiver) : null;
  if (problem) return problem;
  // Two runs can have calls of one key.
  const id = `${messageIdOf(sender)}-${hashOf([run.runKey, callKey]).slice(-12)}`;
  const message = { id, kind, to: context, from, fromTask: taskId, text, ...(data !== undefined && { data }) };
  await writeAgentMessage(sql, other.no, message);
  return {
    content: JSON.stringify({ sent: id, to: receiver, note: 'It is read with its next turn there.' }),
    events: [sentEvent({ id, kind, from: address, to: receiver, text, replyTo: null })],
  };
}

// X1, X4
async function findPartner(sql: Sql, { run }: Sender, runId: string) {
  const tenant = tenantOf(run.runId);
  const lets = (partners: readonly string[] | undefined, id: string): boolean =>
    partners?.some((glob) => matchesGlob(id, inTenant(tenant, glob))) === true;
  if (!isOf(tenant, runId) || !lets(run.plan.partners, runId) || runId === run.runId) return null;
  const runKey = await findLiveRun(sql, runId);
  const other = runKey === null ? undefined : await findFrozen(sql, runKey);
  return other?.plan.communication && lets(other.plan.partners, run.runId) ? other : null;
}
