import type { TightLimit } from '../../domain/analysis/calls-at-once.ts';
import { tightLimits } from '../../domain/analysis/calls-at-once.ts';
import { plural } from '../../domain/format.ts';
import { nameOfScope } from '../../domain/money/reached-limit.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';

/** How many limits are told of. */
const mostTold = 5;

/** Says which limits make calls wait for their turn, or let none be made at all: before a call its worst case is held back. */
export function limitWarnings(document: SourceDocument, plan: Plan): Diagnostic[] {
  return tightLimits(plan)
    .slice(0, mostTold)
    .map((tight) =>
      document.diagnostic(pathOf(plan, tight), {
        ...{ code: 'tight-limit', severity: 'warning', message: messageOf(tight), hint: hintOf(plan, tight) },
      }),
    );
}

function messageOf({ scope, unit, limit, call, agent, together, calls, fit }: TightLimit): string {
  const key = keyOf({ scope, unit });
  const one = `one call of ${agent} may ${take(unit, call)}`;
  if (fit === 0) return `${one}, which is more than ${key} of ${amount(unit, limit)}: no such call can be made`;
  const all = `${plural(calls, 'call')} at once may ${take(unit, together)} (${one}), which is more than ${key} of ${amount(unit, limit)}`;
  return `${all}: ${fit === 1 ? '1 goes' : `${fit} go`} at a time, the others wait for their turn`;
}

function hintOf({ agents }: Plan, { scope, unit, call, agent, together, fit }: TightLimit): string {
  const enough = up(unit, fit === 0 ? call : together);
  const { maxTokens } = agents[agent]!;
  return `set ${keyOf({ scope, unit })} to ${enough} or more, or give ${agent} a smaller max_tokens (it is ${maxTokens})`;
}

function keyOf({ scope, unit }: Pick<TightLimit, 'scope' | 'unit'>): string {
  if (scope === 'speed') return 'limits.usd_per_minute';
  return scope === 'run' ? `limits.${unit}` : `limits.${unit} of ${nameOfScope(scope)}`;
}

function pathOf({ phases, tasks }: Plan, { scope, unit }: TightLimit): ValuePath {
  const [kind, ...rest] = scope.split('/');
  const name = rest.join('/');
  if (kind === 'speed') return ['limits', 'usd_per_minute'];
  if (kind === 'agent') return ['limits', 'per_agent', name, unit];
  const phase = phases.findIndex((each) => each.name === name);
  if (kind === 'phase') return ['phases', phase, 'limits', unit];
  if (kind === 'task' && tasks.find(({ id }) => id === name)?.limits[unit] !== null) return ['tasks'];
  return kind === 'run' ? ['limits', unit] : ['limits', 'per_task', unit];
}

function take(unit: TightLimit['unit'], value: number): string {
  return unit === 'usd' ? `cost ${amount(unit, value)}` : `use ${amount(unit, value)}`;
}

function amount(unit: TightLimit['unit'], value: number): string {
  return unit === 'usd' ? `$${up(unit, value).toFixed(2)}` : `${value} tokens`;
}

// Upwards, with what later turns send on top: a limit that is proposed should do.
function up(unit: TightLimit['unit'], value: number): number {
  return unit === 'usd' ? Math.ceil(value * 100 - 1e-9) / 100 : Math.ceil(value / 1000) * 1000;
}
