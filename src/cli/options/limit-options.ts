import type { LimitChange } from '../../client/run.ts';
import type { LimitName } from '../../domain/plan/limit-bounds.ts';
import { limitProblem } from '../../domain/plan/limit-bounds.ts';
import { UsageError } from '../../domain/errors.ts';

/** Limits as commander hands them over. */
export interface LimitOptions {
  usd?: string;
  tokens?: string;
  usdPerMinute?: string;
  maxParallel?: string;
  timeout?: string;
  /** Whose limits they are; none of these: the run's. */
  task?: string;
  phase?: string;
  agent?: string;
}

/** The limits that a command line names; null: none. @throws UsageError */
export async function readLimits(options: LimitOptions): Promise<LimitChange | null> {
  const limits: LimitChange = {
    ...amount('usd', '--usd', options.usd),
    ...amount('usdPerMinute', '--usd-per-minute', options.usdPerMinute),
    ...amount('tokens', '--tokens', options.tokens),
    ...amount('maxParallel', '--max-parallel', options.maxParallel),
    ...(options.timeout === undefined ? {} : { timeoutMs: await readDuration(options.timeout) }),
  };
  const part = readPart(options);
  if (!part) return Object.keys(limits).length === 0 ? null : limits;
  const wrong = runOnly.find(([name]) => limits[name] !== undefined);
  if (wrong)
    throw new UsageError(`${wrong[1]} is a limit of the run: a ${Object.keys(part)[0]} has --usd and --tokens.`);
  if (Object.keys(limits).length === 0) throw new UsageError(`--${Object.keys(part)[0]}: say --usd or --tokens, too.`);
  return { ...part, ...limits };
}

const runOnly = [
  ['usdPerMinute', '--usd-per-minute'],
  ['maxParallel', '--max-parallel'],
  ['timeoutMs', '--timeout'],
] as const;

function readPart({ task, phase, agent }: LimitOptions): Pick<LimitChange, 'task' | 'phase' | 'agent'> | null {
  const named = Object.entries({ task, phase, agent }).filter(([, name]) => name !== undefined);
  const [first, second] = named;
  if (second) throw new UsageError(`--${first![0]} and --${second[0]}: limits of one part at a time.`);
  return first ? Object.fromEntries([first]) : null;
}

function amount<Name extends LimitName>(
  name: Name,
  option: string,
  value: string | undefined,
): { [Key in Name]?: number } {
  if (value === undefined) return {};
  const number = Number(value.replace(/^\$/, '').replaceAll('_', ''));
  const problem = limitProblem(name, value.trim() === '' ? Number.NaN : number);
  if (problem) throw new UsageError(`${option} "${value}": give ${problem}.`);
  return { [name]: number } as { [Key in Name]?: number };
}

async function readDuration(value: string): Promise<number> {
  const { toMilliseconds } = await import('../../domain/duration.ts');
  const ms = toMilliseconds(value);
  if (ms === null) throw new UsageError(`--timeout "${value}": give a time such as 90s, 30m or 2h, at most 30d.`);
  return ms;
}
