import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { isAuto } from '../../domain/money/model-tiers.ts';
import { agentAtWork } from '../../domain/plan/agent-at-work.ts';
import type { Agent, PlanTask } from '../../domain/plan/plan.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { View } from '../../store/run/conversation.ts';
import type { FrozenRun } from '../base/frozen-run.ts';
import { taskDefinition } from '../base/task-definition.ts';
import { toolNamesOf } from './agent-tools.ts';

/** Whose instructions and tools stand before a conversation. */
export interface Frame {
  agent: Agent;
  task: PlanTask | undefined;
}

/**
 * What stands before a conversation: the agent's own, or, for a task that goes on from the one that added it, what that one began with, so that
 * its cached prompt is used again. That can be where both ask one model, and all tools of the one are there. What is shown besides them is not its
 * own: a call of it is refused.
 */
export async function frameOf(sql: Sql, run: FrozenRun, own: Frame, view: View): Promise<Frame> {
  const [first] = view;
  if (own.task?.strategy !== 'hierarchical' || !first) return own;
  const task = await taskDefinition(sql, run, parseModelKey(first.callKey).taskId);
  const agent = task && agentAtWork(run.plan, task.agent, task);
  if (!agent || task.id === own.task.id || isAuto(agent)) return own;
  const isOneModel = agent.model === own.agent.model && agent.provider === own.agent.provider;
  const shown = new Set(toolNamesOf(run, agent, task));
  return isOneModel && toolNamesOf(run, own.agent, own.task).every((name) => shown.has(name)) ? { agent, task } : own;
}

/** What an agent is told that goes on in the conversation of whoever added its task; `frame`: what stands before that. */
export function branchNote(agent: Agent, frame: Frame): string {
  const who = `[From here on you are the agent ${agent.name}, and do one of the tasks that were split off above. What stands above was said to the agent that split them; the others are done by others.`;
  if (frame.agent.name === agent.name) return `${who}]\n\n`;
  if (frame.agent.system !== agent.system)
    return `${who} Your instructions, instead of those that this conversation began with:]\n${agent.system}\n\n[Your task:]\n`;
  return `${who}]\n\n`;
}
