import type { SetLimitsInput } from '../../contracts/control.ts';
import type { LimitName } from '../../domain/plan/limit-bounds.ts';
import { limitNames, limitProblem } from '../../domain/plan/limit-bounds.ts';
import type { ChangedLimits } from '../../domain/run/changed-limits.ts';
import { changedText } from '../../domain/run/changed-limits.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Crew } from '../run/crew.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { refused } from '../base/failures.ts';

const parts = ['task', 'phase', 'agent'] as const;
/** Limits that a part of a run has. */
const limitsOfParts: readonly string[] = ['usd', 'tokens'];
const mostNames = 20;

/** See update `setLimits`. @throws ApplicationFailure when that part of the run has no limit of its own */
export async function setLimits(crew: Crew, { by = 'somebody', ...input }: SetLimitsInput): Promise<void> {
  const part = parts.find((kind) => input[kind] !== undefined);
  if (part) await setLimitsOf(crew, `${part}/${nameOfPart(crew.books, part, input[part]!)}`, { ...input, by });
  else await setLimitsOfRun(crew, { ...input, by });
  await crew.books.flush();
}

async function setLimitsOfRun(crew: Crew, input: SetLimitsInput & { by: string }): Promise<void> {
  const { by, maxParallel, timeoutMs, ...spending } = input;
  const { books } = crew;
  const { limits } = books.outline;
  if (maxParallel !== undefined) limits.maxParallel = maxParallel;
  if (timeoutMs !== undefined) limits.timeoutMs = timeoutMs;
  books.hold.changes++;
  tell(books, by, { scope: null, limits: given({ ...spending, maxParallel, timeoutMs }) });
  await books.flush(Object.keys(spending).length > 0 ? { limits: spending } : {});
  // Whoever waits for a higher limit asks again, and waits again if it is still too low.
  books.room.release(['budget'], by);
  // Time alone lets them go on, too, so they are no requests that wait there.
  if (spending.usdPerMinute !== undefined || hasRuns(books)) crew.attempts.limitsChanged();
}

// Runs that are tasks of it count to its limits.
function hasRuns({ outline }: RunBooks): boolean {
  return outline.tasks.some(({ work }) => work === 'workflow');
}

// Only the store knows which parts have a limit, so it is told of after that.
async function setLimitsOf(
  crew: Crew,
  scope: string,
  { by, usd, tokens }: SetLimitsInput & { by: string },
): Promise<void> {
  const { books } = crew;
  const limits = given({ usd, tokens });
  const { problem } = await books.flush({ limits: { scope, ...limits } });
  if (problem !== undefined) throw refused(problem);
  tell(books, by, { scope, limits });
  books.room.release(['budget'], by);
  if (hasRuns(books)) crew.attempts.limitsChanged();
}

function tell(books: RunBooks, by: string, changed: ChangedLimits): void {
  const key = `limits/${books.nextNumber()}`;
  books.emit({ key, type: 'run:limits', by, detail: changedText(changed), changed });
}

function given(limits: { [Name in LimitName]?: number | undefined }): ChangedLimits['limits'] {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** @throws ApplicationFailure when something of it is no limit, or none of that part of the run */
export function checkLimits(books: RunBooks, input: SetLimitsInput): void {
  const { by: _by, task, phase, agent, ...limits } = input ?? {};
  const [part, other] = parts.filter((kind) => ({ task, phase, agent })[kind] !== undefined);
  if (other) throw refused(`give one of task, phase and agent, not ${part} and ${other}`);
  const known = limitNames.filter((name) => !part || limitsOfParts.includes(name));
  const entries = Object.entries(limits);
  if (entries.length === 0) throw refused(`name a limit: ${known.join(', ')}`);
  for (const [name, value] of entries) {
    const limit = known.find((one) => one === name);
    if (!limit) throw refused(`there is no limit ${name}${part ? ` of a ${part}` : ''}; there are ${known.join(', ')}`);
    const problem = limitProblem(limit, value);
    if (problem) throw refused(`${name} must be ${problem}`);
  }
  if (part) nameOfPart(books, part, { task, phase, agent }[part]);
}

/** @throws ApplicationFailure when there is none of that name */
function nameOfPart({ outline, tasks }: RunBooks, part: (typeof parts)[number], given: unknown): string {
  // All executions of a task count to the same limit. A hand-written workflow has tasks without a plan.
  const all = {
    task: () => (outline.tasks.length > 0 ? outline.tasks.map(({ id }) => id) : [...tasks.keys()]),
    phase: () => outline.phases.map(({ name }) => name),
    agent: () => Object.keys(outline.agents),
  };
  const names = all[part]();
  const whole = String(given);
  const name = [whole, ...(part === 'task' ? [toInstance(whole).task] : [])].find((one) => names.includes(one));
  if (name !== undefined) return name;
  const some = names.slice(0, mostNames).join(', ');
  throw refused(
    `there is no ${part} ${whole.slice(0, 100)}; there are ${some === '' ? 'none' : some}${names.length > mostNames ? ', …' : ''}`,
  );
}
