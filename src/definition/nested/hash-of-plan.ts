import { createHash } from 'node:crypto';
import type { Plan } from '../../domain/plan/plan.ts';

/** What a plan is called in `Plan.workflows`. Where it stands is no part of what it is. */
export function hashOfPlan(plan: Plan): string {
  const text = JSON.stringify({ ...plan, workspace: '' });
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
