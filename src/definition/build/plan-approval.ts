import { fromWireName } from '../../domain/tool-names.ts';
import type { Approval, Plan, TaskApproval, ToolRule } from '../../domain/plan/plan.ts';
import { planDefaults } from '../../domain/plan/plan.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import type { ToolRuleFile } from '../schema/schema.ts';
import type { TaskFile } from '../schema/schema-tasks.ts';

type Decision = Pick<ToolRuleFile, 'by' | 'needed' | 'deadline' | 'remind' | 'escalate' | 'on_timeout'>;

/** Who decides what a checked file asks for, defaults filled in. */
function toApproval({ by, needed, deadline, remind, escalate, on_timeout }: Decision): Approval {
  const defaults = planDefaults.approval;
  return {
    by: by === undefined ? [] : typeof by === 'string' ? [by] : by,
    needed: needed ?? defaults.needed,
    deadlineMs: toMilliseconds(deadline ?? ''),
    remindMs: toMilliseconds(remind ?? ''),
    escalate: escalate ? { afterMs: toMilliseconds(escalate.after)!, to: escalate.to } : defaults.escalate,
    onTimeout: on_timeout ?? defaults.onTimeout,
  };
}

/** The `approval` of a checked task; `when`: source of its condition. The words before and after may also stand under `when`. */
export function toTaskApproval(file: TaskFile['approval'], when: string | null): TaskApproval | null {
  if (file === undefined) return null;
  if (typeof file === 'string') return { ...toApproval({}), at: file, when: null };
  const word = file.when === 'before' || file.when === 'after' ? file.when : undefined;
  return { ...toApproval(file), at: file.at ?? word ?? 'before', when };
}

/** The rules of a checked file for tool calls. */
export function toPolicy(rules: readonly ToolRuleFile[] | undefined): ToolRule[] {
  return (rules ?? []).map((rule) => ({
    tool: fromWireName(rule.tool),
    match: rule.match ?? null,
    agents: rule.agents ?? [],
    action: rule.action,
    approval: toApproval(rule),
  }));
}

/** The plan; with `isAsked` one in which a person approves every split before what it was split into begins. */
export function withApprovedSplit(plan: Plan, isAsked: boolean): Plan {
  if (!isAsked) return plan;
  const tasks = plan.tasks.map((task) => {
    if (!task.decompose) return task;
    return { ...task, approval: { ...(task.approval ?? toTaskApproval('after', null)!), at: 'after' as const } };
  });
  return { ...plan, tasks };
}
