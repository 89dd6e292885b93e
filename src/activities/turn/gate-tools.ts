import type { SlowToolCall, TurnInput } from '../../contracts/turn.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { preview } from '../../domain/fingerprint.ts';
import { refuseEdit } from '../../domain/tools/edited-call.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import type { CanonicalCall } from '../../domain/tools/canonical-call.ts';
import { lineOf, readCall } from '../../domain/tools/canonical-call.ts';
import { decideToolCall, rulesFor } from '../../domain/tools/tool-policy.ts';
import { toDetail } from '../../domain/run/wait-detail.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { Tool } from '../../tools/tool.ts';
import { findTool } from './agent-tools.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { attemptFolder } from '../base/attempt-place.ts';

const inTranscript = 'see the transcript for the rest';

/** Whose calls they are. */
type Asking = Pick<TurnInput, 'agent' | 'taskId' | 'attempt' | 'epoch'>;

/** A tool call as the policy leaves it; `slow`: what the workflow has to know of it, null: it can be done right here. */
export interface GatedCall {
  use: ToolUseBlock;
  tool: Tool | undefined;
  slow: SlowToolCall | null;
}

/**
 * Decides for each tool call of an answer who sees to it: by the frozen plan, the answer, and where links of the workspace lead.
 *
 * What a call really opens is judged again when it does: links change.
 */
export async function gateTools(
  dependencies: Pick<ActivityDependencies, 'tools' | 'servers' | 'store'>,
  run: FrozenRun,
  { input, task }: { input: Asking; task: PlanTask | undefined },
  uses: readonly ToolUseBlock[],
): Promise<GatedCall[]> {
  const { agent } = input;
  const workspace = await attemptFolder(dependencies.store.sql, run, { task, ...input });
  const gate = async (use: ToolUseBlock): Promise<GatedCall> => {
    const tool = use.problem === undefined ? findTool(dependencies, run, agent, { name: use.name, task }) : undefined;
    if (!tool) return { use, tool, slow: null };
    const canonical = await canonicalCall(tool, use.input, workspace);
    const { action, approval } = decideToolCall(rulesFor(run.plan, agent), agent, canonical);
    const summary = preview(tool.describe(canonical.input), 80);
    const literal = literalCall({ ...use, input: canonical.input });
    const call = { id: use.id, summary, approval: null };
    if (action === 'deny') return { use, tool, slow: { ...call, gate: 'deny', detail: literal } };
    const blocker = tool.name === builtInTools.reportBlocker.name ? blockerText(use.input) : null;
    if (blocker !== null)
      return { use, tool, slow: { ...call, gate: 'blocker', detail: toDetail(blocker, inTranscript) } };
    if (action === 'ask' && tool.name !== builtInTools.reportBlocker.name) {
      return { use, tool, slow: { ...call, gate: 'ask', detail: literal, approval, ...lineToKeep(canonical) } };
    }
    return { use, tool, slow: tool.kind === 'slow' ? { ...call, gate: 'run', detail: '' } : null };
  };
  return Promise.all(uses.map(gate));
}

/** What a call will do, as rules read it. */
export function canonicalCall(tool: Tool, input: JsonObject, workspace: string): Promise<CanonicalCall> {
  return tool.canonical?.(input, workspace) ?? Promise.resolve(readCall(tool.name, input, workspace));
}

// Only where the target can become another one between question and run; a command is what it is.
function lineToKeep(call: CanonicalCall): { line?: string } {
  return call.kind === 'file' || call.kind === 'address' ? { line: lineOf(call) } : {};
}

/** Why a call does not run as a person changed it before approving it, in words for the model; null: it may. */
export async function gateEdit(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: FrozenRun,
  { input: step, task, tool, asked }: { input: Asking; task: PlanTask | undefined; tool: Tool; asked: JsonObject },
  edit: JsonObject,
): Promise<string | null> {
  const { agent } = step;
  const { plan } = run;
  const workspace = await attemptFolder(store.sql, run, { task, ...step });
  const [before, edited] = await Promise.all([asked, edit].map((input) => canonicalCall(tool, input, workspace)));
  const refusal = refuseEdit(rulesFor(plan, agent), agent, { asked: before!, edited: edited! });
  if (refusal === null) return null;
  const why =
    refusal === 'forbidden'
      ? 'the policy of this run forbids the changed call'
      : `the changed call needs the approval of ${refusal.others}, who are asked when you make it yourself`;
  const input = JSON.stringify(edit).slice(0, 4000).toWellFormed();
  return `Did not run. Somebody changed the call while approving it, and ${why}: ${preview(tool.describe(edit), 80)}\n[The changed input: ${input}]`;
}

// Null when the input is bad: the tool itself will say so.
function blockerText({ what, needs }: JsonObject): string | null {
  return isWords(what) && isWords(needs) ? `${what}\n\nNeeds: ${needs}` : null;
}

function isWords(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 4000;
}

// Literal, so that whoever decides sees what would run and not what somebody says of it.
function literalCall({ name, input }: ToolUseBlock): string {
  const { command, ...rest } = input;
  if (name === builtInTools.bash.name && typeof command === 'string') {
    const others = Object.keys(rest).length > 0 ? `\n${JSON.stringify(rest)}` : '';
    return toDetail(command + others, inTranscript);
  }
  return toDetail(JSON.stringify(input, null, 1), inTranscript);
}
