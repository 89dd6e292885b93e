import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Session } from '../connection/session.ts';
import { checkedDefinition } from '../create-runs.ts';
import type { StartOptions } from '../start-options.ts';
import { historyOf } from '../start/task-history.ts';

/** Checks what is to run as a start does, and says what it would do; starts nothing. @throws DefinitionError with everything that is wrong; OutOfBoundsError, NotTrustedError */
export async function analyse(
  session: Session,
  options: StartOptions,
): Promise<{ plan: Plan; warnings: Diagnostic[]; analysis: PlanAnalysis }> {
  const { plan, warnings } = await checkedDefinition(session, options);
  const { analysePlan } = await import('../../domain/analysis/plan-analysis.ts');
  return { plan, warnings, analysis: analysePlan(plan, { weights: await historyOf(session.store, plan.name) }) };
}
