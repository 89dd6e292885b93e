import type { JsonObject } from '../json.ts';
import type { Plan } from '../plan/plan.ts';
import { findToolRule, toCallLineWithin } from './tool-policy.ts';

/** A tool call as an agent asked for it. */
export interface AskedCall {
  agent: string;
  tool: string;
  input: JsonObject;
}

/** What keeps a call from running that a person changed while approving it. */
export type EditRefusal = 'forbidden' | { /** Who would have to approve it, in words. */ others: string };

/**
 * Decides a call anew that a person changed: whoever may approve one call must not by that approve any other.
 *
 * It runs where the policy allows it, or asks the same people under the same terms as they were asked. Null: it may run.
 */
export function refuseEdit(
  { policy, workspace }: Pick<Plan, 'policy' | 'workspace'>,
  { agent, tool, input }: AskedCall,
  edit: JsonObject,
): EditRefusal | null {
  const ruleFor = (each: JsonObject) =>
    findToolRule(policy, { agent, tool, line: toCallLineWithin(workspace, tool, each) });
  const rule = ruleFor(edit);
  if (!rule || rule.action === 'allow') return null;
  if (rule.action === 'deny') return 'forbidden';
  const asked = ruleFor(input);
  const isSame = asked?.action === 'ask' && JSON.stringify(asked.approval) === JSON.stringify(rule.approval);
  if (isSame) return null;
  const { by, needed } = rule.approval;
  const who = by.length > 0 ? by.join(' or ') : 'somebody who is asked for it';
  return { others: needed > 1 ? `${who} (${needed} people)` : who };
}
