import { basename } from 'node:path';
import { plural } from '../../domain/format.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { PlanScript } from '../../domain/plan/plan-script.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { scriptLimits } from '../../script/limits.ts';
import type { Colors } from '../base/terminal.ts';
import { agentTable, limitsText } from './plan-lines.ts';

/** How many agents are listed; of a script that may name any there are all. */
const mostAgents = 10;

/** A script's plan for people: what it says of itself, what it may use, and whom it may ask. */
export function scriptLines(
  plan: Plan,
  script: PlanScript,
  { columns, colors }: { columns: number; colors: Colors },
): string[] {
  const lines = [colors.bold(safeLine(plan.name)) + (plan.description ? `: ${safeLine(plan.description)}` : '')];
  lines.push(`Script ${safeLine(basename(script.file))} (${plural(script.source.split('\n').length, 'line')})`);
  if (script.whenToUse !== null) lines.push(`For ${safeLine(script.whenToUse)}`);
  lines.push(`At most ${limitsText(plan)}`);
  lines.push(`At most ${scriptLimits.agents} agents, and ${scriptLimits.itemsPerCall} items in one list`);
  lines.push(`Works in ${safeLine(plan.workspace)}`);
  if (script.phases.length > 0) lines.push('', colors.bold('Phases'), ...script.phases.map(phaseLine));
  const children = Object.entries(script.children);
  if (children.length > 0) lines.push('', colors.bold('May call'), ...children.map(childLine));
  // Whom it asks where it names nobody stands first.
  const agents = Object.values(plan.agents);
  lines.push('', ...agentTable(plan, agents.slice(0, mostAgents), { columns, colors }));
  if (agents.length > mostAgents) lines.push(`… and ${agents.length - mostAgents} more: it names them as it runs`);
  lines.push('', 'What it asks, and how often, is decided as it runs: no cost is known before.');
  return lines;
}

function phaseLine({ title, detail, model }: PlanScript['phases'][number]): string {
  const more = [detail, model === null ? null : `model ${model}`].filter((part) => part !== null);
  return `  ${safeLine(title)}${more.length > 0 ? `: ${safeLine(more.join(', '))}` : ''}`;
}

function childLine([key, child]: [string, PlanScript['children'][string]]): string {
  const name = safeLine(key.slice(key.indexOf('/') + 1));
  return 'source' in child ? `  ${name} (${safeLine(basename(child.file))})` : `  ${name}: ${safeLine(child.problem)}`;
}
