import type { Diagnostic } from '../../definition/source/diagnostic.ts';
import type { PlanAnalysis } from '../../domain/analysis/plan-analysis.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Session } from '../connection/session.ts';
import { checkedDefinition } from '../create-runs.ts';
import type { StartOptions } from '../start-options.ts';
import { historyOf } from '../start/task-history.ts';

/**
 * Checks what is to run as a start does, and says what it would do; starts nothing.
 *
 * @param standsAt the file that a text is of or will be: what it names is found from there, and what callers may not name is not
 * @throws DefinitionError with everything that is wrong; OutOfBoundsError, NotTrustedError
 */
export async function analyse(
  session: Session,
  options: StartOptions,
  standsAt?: string,
): Promise<{ plan: Plan; warnings: Diagnostic[]; analysis: PlanAnalysis }> {
  const { plan, warnings } = await checkedDefinition(session, options, standsAt);
  const { analysePlan } = await import('../../domain/analysis/plan-analysis.ts');
  return { plan, warnings, analysis: analysePlan(plan, { weights: await historyOf(session.store, plan.name) }) };
}
