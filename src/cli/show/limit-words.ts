import type { SetLimitsInput } from '../../contracts/control.ts';
import { formatLimit, formatUsdLimit, plural } from '../base/format.ts';
import { safeLine } from '../../domain/safe-text.ts';

const words: Record<string, (value: number) => string> = {
  usd: formatUsdLimit,
  usdPerMinute: (value) => `${formatUsdLimit(value)} a minute`,
  tokens: (value) => `${value} tokens`,
  maxParallel: (value) => `${plural(value, 'task')} at once`,
  timeoutMs: formatLimit,
};

/** Changed limits as they were asked for, for people: `$2`, or of a part of the run `task build: $2`. */
export function changedWords({ task, phase, agent, ...limits }: Omit<SetLimitsInput, 'by'>): string {
  const [part] = Object.entries({ task, phase, agent }).filter(([, name]) => name !== undefined);
  const amounts = limitWords(
    Object.entries(limits)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
  return part ? `${part[0]} ${safeLine(part[1]!)}: ${amounts}` : amounts;
}

/** Changed limits as the event tells them (`usd 2, timeoutMs 60000`), for people: `$2, 1 min`. */
export function limitWords(detail: string): string {
  return detail.replaceAll(/\b(\w+) (\d+(?:\.\d+)?)/g, (all, name: string, value: string) => {
    const format = Object.hasOwn(words, name) ? words[name] : undefined;
    return format ? format(Number(value)) : all;
  });
}
