import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import { nestedPlans } from '../../domain/analysis/plan-analysis.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { Colors } from '../base/terminal.ts';
import { analysisLines } from './analysis-lines.ts';
import { codingPlanLines } from './coding-plan-lines.ts';
import { planLines } from './plan-lines.ts';

/** A plan for people with what it will do, and behind it the same of each workflow that is a task of it. */
export function wholePlanLines(
  plan: Plan,
  analysis: PlanAnalysis,
  sizes: { columns: number; colors: Colors },
): string[] {
  const nested = nestedPlans(plan).flatMap(({ tasks, name, plan: inner }, index) => {
    const title = `Workflow ${name}, as ${tasks.length === 1 ? 'task' : 'tasks'} ${tasks.slice(0, 10).join(', ')}`;
    const lines = wholePlanLines(inner, analysis.workflows![index]!.analysis, sizes);
    return ['', sizes.colors.bold(safeLine(title)), '', ...lines];
  });
  return [
    ...planLines(plan, sizes),
    ...codingPlanLines(plan, analysis.coding, sizes),
    ...analysisLines(analysis, sizes),
    ...nested,
  ];
}
