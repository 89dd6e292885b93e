import type { JsonObject } from '../json.ts';
import type { Approval } from '../plan/plan.ts';
import type { CanonicalCall } from './canonical-call.ts';
import type { HeldRule } from './tool-policy.ts';
import { findToolRule } from './tool-policy.ts';

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
  policy: readonly HeldRule[],
  agent: string,
  { asked, edited }: { asked: CanonicalCall; edited: CanonicalCall },
): EditRefusal | null {
  const rule = findToolRule(policy, agent, edited);
  if (!rule || rule.action === 'allow') return null;
  if (rule.action === 'deny') return 'forbidden';
  const before = findToolRule(policy, agent, asked);
  if (before?.action === 'ask' && isSameApproval(before.approval, rule.approval)) return null;
  const { by, needed } = rule.approval;
  const who = by.length > 0 ? by.join(' or ') : 'somebody who is asked for it';
  return { others: needed > 1 ? `${who} (${needed} people)` : who };
}

/** Whether the same people decide under the same terms. */
export function isSameApproval(a: Approval, b: Approval): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
