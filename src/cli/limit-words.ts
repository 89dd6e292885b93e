import { formatLimit, formatUsdLimit, plural } from './format.ts';

const words: Record<string, (value: number) => string> = {
  usd: formatUsdLimit,
  usdPerMinute: (value) => `${formatUsdLimit(value)} a minute`,
  tokens: (value) => `${value} tokens`,
  maxParallel: (value) => `${plural(value, 'task')} at once`,
  timeoutMs: formatLimit,
};

/** Changed limits as the event tells them (`usd 2, timeoutMs 60000`), for people: `$2, 1 min`. */
export function limitWords(detail: string): string {
  return detail.replaceAll(/\b(\w+) (\d+(?:\.\d+)?)/g, (all, name: string, value: string) => {
    const format = Object.hasOwn(words, name) ? words[name] : undefined;
    return format ? format(Number(value)) : all;
  });
}
