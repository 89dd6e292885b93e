import type { Approval } from '../plan/plan.ts';
import type { CanonicalCall } from './canonical-call.ts';
import { lineOf } from './canonical-call.ts';
import { isSameApproval } from './edited-call.ts';
import type { HeldRule } from './tool-policy.ts';
import { decideToolCall, findToolRule } from './tool-policy.ts';

/** What somebody approved: under which terms and, where it is known, which call in its one line. */
export interface ApprovedCall {
  approval: Approval;
  line?: string;
}

/** What a running call is judged by. */
interface CallRights {
  policy: readonly HeldRule[];
  agent: string;
  /** Null: nobody was asked. Undefined: a run of an earlier version, which does not say. */
  approved: ApprovedCall | null | undefined;
}

/**
 * Judges what a running call touches: its decision was made before, and since then a link may lead elsewhere, or a page redirects.
 *
 * @returns why it may not be touched, in words for the model; null: it may
 */
export function createObjection({ policy, agent, approved }: CallRights) {
  let rules = policy;
  return (touched: CanonicalCall, place: 'itself' | 'inside'): string | null => {
    if (policy.length === 0) return null;
    if (place === 'itself') rules = rulesInside(policy, agent, touched);
    const { action, approval } = decideToolCall(place === 'itself' ? policy : rules, agent, touched);
    if (action === 'allow') return null;
    const line = lineOf(touched).slice(0, 300).toWellFormed();
    if (action === 'deny') return `The policy of this run forbids this: ${line}`;
    if (approved === undefined) return null;
    const isAsked = approved !== null && approval !== null && isSameApproval(approved.approval, approval);
    const isThatCall = place === 'inside' || approved?.line === undefined || approved.line === lineOf(touched);
    if (isAsked && isThatCall) return null;
    return `This needs an approval of its own, so make it a call of its own: ${line}`;
  };
}

// Whoever may look through a folder although a later rule forbids it (`deny *`) may see what is in it; other rules hold for each of its files.
function rulesInside(policy: readonly HeldRule[], agent: string, call: CanonicalCall): readonly HeldRule[] {
  const within = policy.filter(({ bound }) => bound === undefined);
  const deciding = findToolRule(within, agent, call);
  if (!deciding) return policy;
  const at = within.indexOf(deciding);
  // Those of the runs around it hold as they are.
  return policy.filter(
    (rule, index) => rule.bound !== undefined || index <= at || findToolRule([rule], agent, call) === undefined,
  );
}
