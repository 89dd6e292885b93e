import type { SetLimitsInput } from '../contracts/control.ts';
import { UsageError } from './fail.ts';

/** Limits as commander hands them over. */
export interface LimitOptions {
  usd?: string;
  tokens?: string;
  usdPerMinute?: string;
  maxParallel?: string;
  timeout?: string;
}

/** The limits that a command line names; null: none. @throws UsageError */
export async function readLimits(options: LimitOptions): Promise<Omit<SetLimitsInput, 'by'> | null> {
  const limits: Omit<SetLimitsInput, 'by'> = {
    ...amount('usd', '--usd', options.usd),
    ...amount('usdPerMinute', '--usd-per-minute', options.usdPerMinute),
    ...amount('tokens', '--tokens', options.tokens, true),
    ...amount('maxParallel', '--max-parallel', options.maxParallel, true),
    ...(options.timeout === undefined ? {} : { timeoutMs: await readDuration(options.timeout) }),
  };
  return Object.keys(limits).length === 0 ? null : limits;
}

function amount<Name extends keyof SetLimitsInput>(
  name: Name,
  option: string,
  value: string | undefined,
  isWhole = false,
): { [Key in Name]?: number } {
  if (value === undefined) return {};
  const number = Number(value.replace(/^\$/, '').replaceAll('_', ''));
  const isRight =
    value.trim() !== '' && Number.isFinite(number) && number > 0 && (!isWhole || Number.isInteger(number));
  if (!isRight) {
    throw new UsageError(`${option} "${value}": give a ${isWhole ? 'whole ' : ''}number above 0.`);
  }
  return { [name]: number } as { [Key in Name]?: number };
}

async function readDuration(value: string): Promise<number> {
  const { toMilliseconds } = await import('../definition/duration.ts');
  const ms = toMilliseconds(value);
  if (ms === null) throw new UsageError(`--timeout "${value}": give a time such as 90s, 30m or 2h.`);
  return ms;
}
