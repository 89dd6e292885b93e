/*
 * A1 `to` is a context, else a task, else an agent. A task and its own context are one address.
 * A2 An agent with several conversations is reached in the one at work, else in the one that begins next, else in the latest.
 */
import { contextOf, toInstance } from '../ids/execution-id.ts';
import { nearest } from '../nearest.ts';
import type { Plan, PlanTask } from '../plan/plan.ts';

/** An execution that has begun, or a task that was added. */
export interface KnownTask {
  id: string;
  context: string;
  agent: string;
  isOpen: boolean;
  /** It has begun. */
  hasBegun: boolean;
}

/** A conversation of the run. */
export interface Address {
  context: string;
  agent: string;
  /** `ended`: no task of it is at work or to come. */
  state: 'at-work' | 'to-begin' | 'ended';
}

type Named = Pick<Plan, 'tasks' | 'agents'>;

/** Whom a word means, or what is wrong with it. `known`: what has begun or was added, as far as the word may mean it. */
export function findAddress(plan: Named, known: readonly KnownTask[], to: string): Address | { problem: string } {
  const context = contextMeant(plan, known, to);
  if (context !== null) return typeof context === 'string' ? addressOf(plan, known, context) : context;
  if (Object.hasOwn(plan.agents, to)) return ofAgent(plan, known, to);
  return { problem: unknown(plan, known, to) };
}

/** How a conversation stands. */
export function addressOf(plan: Named, known: readonly KnownTask[], context: string): Address {
  const begun = known.filter((task) => task.context === context);
  const planned = plan.tasks.filter((task) => contextsOf(task).includes(context));
  const agent = begun.at(-1)?.agent ?? planned[0]?.agent ?? '';
  const isAtWork = begun.some(({ isOpen, hasBegun }) => isOpen && hasBegun);
  const begunIds = new Set(begun.filter(({ hasBegun }) => hasBegun).map(({ id }) => toInstance(id).task));
  const isToBegin = begun.some(({ isOpen }) => isOpen) || planned.some(({ id }) => !begunIds.has(id));
  return { context, agent, state: isAtWork ? 'at-work' : isToBegin ? 'to-begin' : 'ended' };
}

// A1
function contextMeant({ tasks }: Named, known: readonly KnownTask[], to: string): string | { problem: string } | null {
  const isContext = known.some(({ context }) => context === to) || tasks.some((task) => contextsOf(task).includes(to));
  if (isContext) return to;
  const execution = known.find(({ id }) => id === to);
  if (execution) return execution.context;
  const { task: id, item } = toInstance(to);
  const task = tasks.find((each) => each.id === id);
  if (!task) return null;
  if (task.forEach === null || task.context !== task.id || item !== null) return contextOf(task, item);
  const items = [...new Set(known.flatMap(({ context }) => (toInstance(context).task === id ? context : [])))];
  const example = items.slice(0, 10).join(', ') || `${id}[0]`;
  return { problem: `${to} has one conversation for each of its items: name one (${example})` };
}

// Whoever is named by a task alone has a conversation of its own for each item.
function contextsOf(task: PlanTask): string[] {
  return task.forEach !== null && task.context === task.id ? [] : [task.context];
}

// A2
function ofAgent(plan: Named, known: readonly KnownTask[], agent: string): Address | { problem: string } {
  const begun = known.filter((task) => task.agent === agent).map(({ context }) => context);
  const planned = plan.tasks.filter((task) => task.agent === agent).flatMap(contextsOf);
  const all = [...new Set([...begun, ...planned])].map((context) => addressOf(plan, known, context));
  const found =
    all.find(({ state }) => state === 'at-work') ?? all.find(({ state }) => state === 'to-begin') ?? all.at(-1);
  return found ?? { problem: `the agent ${agent} has no task in this run` };
}

function unknown(plan: Named, known: readonly KnownTask[], to: string): string {
  const names = [
    ...plan.tasks.map(({ context }) => context),
    ...known.map(({ context }) => context),
    ...plan.tasks.map(({ id }) => id),
    ...plan.tasks.map(({ agent }) => agent),
  ];
  const all = [...new Set(names)];
  const name = nearest(to, all);
  const hint = name === null ? `there are ${all.slice(0, 20).join(', ')}` : `did you mean "${name}"?`;
  return `nobody is called "${to.slice(0, 100)}" in this run: ${hint}`;
}
