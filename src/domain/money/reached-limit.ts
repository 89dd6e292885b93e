/** Which limit of a run. */
export interface LimitKey {
  /** `run`, `phase/NAME`, `task/ID`, `agent/NAME`, or `speed` (USD per minute); `around` and `around/…`: of the run that this one is a task of. */
  scope: string;
  unit: 'usd' | 'tokens';
}

/** A limit of which most is spent. Money in USD. */
export interface SpentLimit extends LimitKey {
  limit: number;
  spent: number;
}

/** A limit that is in the way of a call: the first detail of failure `BudgetExceeded`. Money in USD. */
export interface ReachedLimit extends SpentLimit {
  reserved: number;
  asked: number;
  /** ISO 8601: when it fits by waiting alone; null: never. */
  freeAt: string | null;
  /** It fits as soon as other calls have given back what they hold back: `freeAt` is when it asks again by itself. */
  isHeld?: true;
}

/** Share of a limit from which on a run says so, once. */
export const warningShare = 0.8;

/** What is spent of a limit, in the words of events, failures and Temporal's Web UI. */
export function spentText({ scope, unit, limit, spent, reserved }: Omit<ReachedLimit, 'asked' | 'freeAt'>): string {
  const head = scope === 'run' ? '' : `${nameOfScope(scope)}: `;
  if (unit === 'tokens') return `${head}${spent} of ${limit} tokens are used and ${reserved} held back`;
  const within = scope === 'speed' ? ' within a minute' : '';
  return `${head}${dollars(spent)} of $${limit.toFixed(2)} are spent${within} and ${dollars(reserved)} held back`;
}

/** The same, and what the call may use that does not fit. */
export function tooMuchText(limit: ReachedLimit): string {
  const { unit, asked } = limit;
  return `${spentText(limit)}; the next call may ${unit === 'usd' ? `cost ${dollars(asked)}` : `use ${asked}`}`;
}

/** That a call waits until others have given back what they hold back. */
export function heldText(limit: ReachedLimit): string {
  return `${spentText(limit)} for calls that are under way`;
}

/** The same, and what helps. */
export function reachedText(limit: ReachedLimit): string {
  return `${tooMuchText(limit)}: ${wayOut(limit)}`;
}

/** That most of a limit is spent. */
export function warningText({ scope, unit, limit, spent }: SpentLimit): string {
  const used = unit === 'usd' ? `${dollars(spent)} of ${dollars(limit)}` : `${spent} of ${limit} tokens`;
  return `${nameOfScope(scope)}: ${used} are spent`;
}

/** What a limit holds for: `the run`, `task build`. */
export function nameOfScope(scope: string): string {
  const [kind, ...name] = scope.split('/');
  if (kind === 'around')
    return name.length === 0 ? 'the run around it' : `${nameOfScope(name.join('/'))} of the run around it`;
  return kind === 'run' ? 'the run' : kind === 'speed' ? 'speed' : `${kind} ${name.join('/')}`;
}

function wayOut({ scope, unit, freeAt }: ReachedLimit): string {
  if (scope !== 'speed' && scope !== 'around/speed')
    return `raise limits.${unit}${scope === 'run' ? '' : ` of ${nameOfScope(scope)}`} to go on`;
  return freeAt
    ? `it fits again at ${freeAt}, or with a higher limits.usd_per_minute`
    : 'raise limits.usd_per_minute to go on';
}

function dollars(usd: number): string {
  return `$${usd.toFixed(4)}`;
}
