import type { SlowToolCall } from '../../contracts/turn.ts';
import type { ToolUseBlock } from '../../domain/conversation/conversation.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { preview } from '../../domain/fingerprint.ts';
import { refuseEdit } from '../../domain/tools/edited-call.ts';
import type { PlanTask } from '../../domain/plan/plan.ts';
import { workspaceOf } from '../../domain/plan/workspace.ts';
import { decideToolCall, toCallLineWithin } from '../../domain/tools/tool-policy.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { Tool } from '../../tools/tool.ts';
import { findTool } from './agent-tools.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

const maxDetail = 2000;

/** A tool call as the policy leaves it; `slow`: what the workflow has to know of it, null: it can be done right here. */
export interface GatedCall {
  use: ToolUseBlock;
  tool: Tool | undefined;
  slow: SlowToolCall | null;
}

/** Decides for each tool call of an answer who sees to it. Made of the frozen plan and the answer alone, so a repetition decides the same. */
export function gateTools(
  { tools }: Pick<ActivityDependencies, 'tools'>,
  run: FrozenRun,
  { agent, task }: { agent: string; task: PlanTask | undefined },
  uses: readonly ToolUseBlock[],
): GatedCall[] {
  return uses.map((use) => {
    const tool = findTool(tools, run, agent, { name: use.name, task });
    if (!tool) return { use, tool, slow: null };
    const line = toCallLineWithin(workspaceOf(run.plan, task).path, tool.name, use.input);
    const { action, approval } = decideToolCall(run.plan.policy, agent, tool.name, line);
    const summary = preview(tool.describe(use.input), 80);
    const call = { id: use.id, summary, approval: null };
    if (action === 'deny') return { use, tool, slow: { ...call, gate: 'deny', detail: literalCall(use) } };
    const blocker = tool.name === builtInTools.reportBlocker.name ? blockerText(use.input) : null;
    if (blocker !== null) return { use, tool, slow: { ...call, gate: 'blocker', detail: shorten(blocker) } };
    if (action === 'ask' && tool.name !== builtInTools.reportBlocker.name) {
      return { use, tool, slow: { ...call, gate: 'ask', detail: literalCall(use), approval } };
    }
    return { use, tool, slow: tool.kind === 'slow' ? { ...call, gate: 'run', detail: '' } : null };
  });
}

/** Why a call does not run as a person changed it before approving it, in words for the model; null: it may. */
export function gateEdit(
  { plan }: FrozenRun,
  { agent, task, tool, asked }: { agent: string; task: PlanTask | undefined; tool: Tool; asked: JsonObject },
  edit: JsonObject,
): string | null {
  const world = { policy: plan.policy, workspace: workspaceOf(plan, task).path };
  const refusal = refuseEdit(world, { agent, tool: tool.name, input: asked }, edit);
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
    return shorten(command + others);
  }
  return shorten(JSON.stringify(input, null, 1));
}

function shorten(text: string): string {
  if (text.length <= maxDetail) return text.toWellFormed();
  const note = `… (${text.length} characters; see the transcript for the rest)`;
  return text.slice(0, maxDetail - note.length).toWellFormed() + note;
}
