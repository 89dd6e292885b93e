import type { WaitingCall, WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import type { ToldDecision } from '../../../src/domain/analysis/decisions.ts';
import { hasRole } from '../../../src/domain/access/role.ts';
import { hasScope, type Scope } from '../../../src/domain/access/scope.ts';
import { parseRequestId } from '../../../src/domain/ids/request-id.ts';
import { nameOfScope } from '../../../src/domain/money/reached-limit.ts';
import { isCut } from '../../../src/domain/run/wait-detail.ts';
import type { CallRisk } from '../../../src/domain/tools/call-risks.ts';

/** Who looks. */
interface Looker {
  scopes: readonly Scope[];
  roles: readonly string[];
}

/** Why whoever looks may not decide; undefined: it may. */
export function whyNotDecide({ cause, asks }: WaitingEntry, { scopes, roles }: Looker): string | undefined {
  const scope = cause === 'approval' || cause === 'blocker' ? 'approve' : 'run';
  if (!hasScope(scopes, scope)) return `needs a key with the scope ${scope}`;
  if (cause !== 'approval' || asks.length === 0 || asks.some((role) => hasRole(roles, role))) return undefined;
  return `is for ${asks.join(' or ')}; you are ${roles.join(', ') || 'in no role'}`;
}

/** The role in which a decision is made; undefined: none is asked for. */
export function roleFor({ asks }: WaitingEntry, { roles }: Looker): string | undefined {
  return asks.find((role) => hasRole(roles, role));
}

/** How an entry is named where it is asked about. */
export function pathOf({ id, taskId }: Pick<WaitingEntry, 'id' | 'taskId'>): string {
  return id ?? taskId ?? '-';
}

/**
 * Why what is asked about cannot be changed before it is approved; undefined: it can.
 *
 * Whoever changes a text sends all of it: of one that is not all there, the rest would be lost.
 */
export function whyNotEdit(
  entry: Pick<WaitingEntry, 'id' | 'detail'>,
  detail: Pick<WaitingDetail, 'call' | 'text'> | undefined,
): string | undefined {
  if (!detail) return 'what it is about is on its way';
  if (detail.call) return undefined;
  if (askedKind(entry) !== 'start') return 'it is yes or no here';
  if (detail.text !== null)
    return detail.text.length >= mostText
      ? 'of a text of 100,000 characters and more only the beginning is here'
      : undefined;
  return isCut(entry.detail) ? 'only its beginning is here' : undefined;
}

/** A text that is that long may be cut, in characters: {@link WaitingDetail.text}. */
const mostText = 100_000;

/** Names of a call's arguments that its command or its diff shows in full; all others have to be shown by themselves. */
export function shownElsewhere({ tool, input, change }: Pick<WaitingCall, 'tool' | 'input' | 'change'>): string[] {
  if (tool === 'bash' && typeof input['command'] === 'string') return ['command'];
  if (change === null || change.patch === '') return [];
  return input['action'] === 'write' ? ['content'] : ['old_string', 'new_string'];
}

type Asked = 'call' | 'start' | 'result' | 'conflict' | 'other';

/** What somebody is asked about. */
export function askedKind({ id }: Pick<WaitingEntry, 'id'>): Asked {
  const kind = id === null ? undefined : parseRequestId(id)?.kind;
  if (kind === 'conflict') return kind;
  return kind === 'tool' ? 'call' : kind === 'before' ? 'start' : kind === 'after' ? 'result' : 'other';
}

const grave: Partial<Record<CallRisk, string>> = {
  deletes: 'Let it delete',
  publishes: 'Let it publish',
  privileged: 'Let it run with more rights',
  hidden: 'Run it with hidden characters',
  unknown: 'Run what only the shell knows',
};

/** What the button that says yes says, and whether what it does can hardly be taken back. */
export function yesWords(entry: WaitingEntry, call: WaitingDetail['call']): { label: string; isGrave: boolean } {
  const asked = askedKind(entry);
  const more = entry.needed > 1 ? ` (${entry.approvedBy.length + 1} of ${entry.needed})` : '';
  if (asked === 'start') return { label: `Start the task${more}`, isGrave: false };
  if (asked === 'result') return { label: `Accept the result${more}`, isGrave: false };
  if (asked === 'conflict' || asked === 'other' || !call) return { label: `Approve${more}`, isGrave: false };
  const [gravest] = call.risks;
  const words = gravest === undefined ? undefined : grave[gravest];
  if (words !== undefined) return { label: `${words}${more}`, isGrave: true };
  const plain = call.risks.includes('command')
    ? 'Run the command'
    : call.risks.includes('writes')
      ? 'Let it write'
      : 'Let it call';
  return { label: `${plain}${more}`, isGrave: false };
}

/** What a no leads to. */
export function noWords(entry: WaitingEntry): string {
  return {
    call: 'The call is not made. The agent is told so, with your reason, and goes on.',
    start: 'The task is skipped, and so is what needs it.',
    result: 'The task counts as failed, and what needs its success does not start.',
    conflict: 'The branch is left as it is.',
    other: 'Whoever asked is told no, with your reason.',
  }[askedKind(entry)];
}

const afterTime = { halt: 'the run stops', deny: 'it counts as no', approve: 'it counts as yes' } as const;

/** What happens when nobody decides in time. */
export function timeoutWords(approval: WaitingDetail['approval']): string | null {
  return approval && afterTime[approval.onTimeout];
}

/** What a risk means. */
export const riskWords: Readonly<Record<CallRisk, string>> = {
  deletes: 'deletes',
  publishes: 'others see it',
  privileged: 'asks for more rights',
  hidden: 'hidden characters',
  unknown: 'not known before it runs',
  network: 'beyond this machine',
  command: 'runs a command',
  writes: 'changes a file',
};

/** What was decided, as a verb. */
export const outcomeWords: Readonly<Record<ToldDecision['outcome'], string>> = {
  approved: 'Approved',
  rejected: 'Rejected',
  answered: 'Answered',
  expired: 'Nobody decided in time',
  limits: 'Limits changed',
};

/** Which limit is raised, as `POST /api/runs/ID/limits` takes it; a text: why that cannot be done here. */
export function limitChange(
  { scope, unit }: { scope: string; unit: 'usd' | 'tokens' },
  amount: number,
): Record<string, string | number> | string {
  const [part = '', ...name] = scope.split('/');
  if (part === 'around') return `It is ${nameOfScope(scope)}: raise it there.`;
  if (part === 'speed') return { usdPerMinute: amount };
  return { ...(part !== 'run' && { [part]: name.join('/') }), [unit]: amount };
}
