/*
 * S1 A member of the pool has one execution from its begin to its end, also while that waits.
 * S2 An execution of a bounded agent counts while it runs; while it waits it gives its place back, as it gives its slot back.
 * S3 Who is chosen follows from who is idle alone. With more idle members everybody finds one who found one before, so that what was offered can begin.
 */
import type { Plan, PoolMember } from '../plan/plan.ts';

/** Who does the tasks, and how many of an agent run at once. */
export interface SlotRules {
  pool?: PoolMember[];
  /** By the name of the agent. */
  concurrency?: Record<string, number>;
}

/** What it needs to know of a task. */
interface Placed {
  agent?: string;
  track?: string | null;
}

/** The rules of a plan; undefined: only the run's limit counts. */
export function slotRulesOf({ pool, concurrency }: Pick<Plan, 'pool' | 'concurrency'>): SlotRules | undefined {
  return pool || concurrency ? { ...(pool && { pool }), ...(concurrency && { concurrency }) } : undefined;
}

/** Keeps who is at work on what. */
export class Slots {
  readonly rules: SlotRules;
  /** Members at work, by what they do. */
  readonly #members = new Map<string, PoolMember>();
  readonly #counts = new Map<string, number>();
  readonly #owned: ReadonlySet<string>;

  constructor(rules: SlotRules, members: Readonly<Record<string, string>> = {}) {
    this.rules = rules;
    this.#owned = new Set(rules.pool?.flatMap(({ tracks }) => tracks));
    for (const [execution, id] of Object.entries(members)) {
      const member = rules.pool?.find((each) => each.id === id);
      if (member) this.#members.set(execution, member);
    }
  }

  /** Ids of the members at work, by the ids of what they do. */
  get members(): Record<string, string> {
    return Object.fromEntries([...this.#members].map(([execution, { id }]) => [execution, id]));
  }

  /** Id of the member that is at work on an execution; undefined: none. */
  memberOf(execution: string): string | undefined {
    return this.#members.get(execution)?.id;
  }

  /** An execution begins. */
  take(execution: string, task: Placed): void {
    const member = choose(this.#idle(), task, this.#owned);
    if (member) this.#members.set(execution, member);
  }

  /** An execution has ended. */
  release(execution: string): void {
    this.#members.delete(execution);
  }

  /** An execution runs (1), or does so no longer (-1). */
  count({ agent = '' }: Placed, change: 1 | -1): void {
    this.#counts.set(agent, (this.#counts.get(agent) ?? 0) + change);
  }

  /** What could begin now, taken one by one; nothing here changes by that. */
  offer(): Offer {
    const { pool, concurrency = {} } = this.rules;
    const rooms = Object.entries(concurrency).map(
      ([agent, most]) => [agent, most - (this.#counts.get(agent) ?? 0)] as const,
    );
    return new Offer(pool ? this.#idle() : null, new Map(rooms), this.#owned);
  }

  #idle(): PoolMember[] {
    const busy = new Set(this.#members.values());
    return (this.rules.pool ?? []).filter((member) => !busy.has(member));
  }
}

/** Members and places that are free. */
class Offer {
  readonly #idle: PoolMember[] | null;
  readonly #rooms: Map<string, number>;
  readonly #owned: ReadonlySet<string>;

  constructor(idle: PoolMember[] | null, rooms: Map<string, number>, owned: ReadonlySet<string>) {
    this.#idle = idle;
    this.#rooms = rooms;
    this.#owned = owned;
  }

  /** Whether nobody is left. */
  get isEmpty(): boolean {
    return this.#idle?.length === 0;
  }

  /** Takes what one execution of a task needs; false: it is not there. */
  take(task: Placed): boolean {
    const { agent = '' } = task;
    const room = this.#rooms.get(agent) ?? Infinity;
    if (room <= 0) return false;
    if (this.#idle) {
      const member = choose(this.#idle, task, this.#owned);
      if (!member) return false;
      this.#idle.splice(this.#idle.indexOf(member), 1);
    }
    this.#rooms.set(agent, room - 1);
    return true;
  }
}

/** For a track its own members first, then those without one; for no track, or one that is nobody's, those without one first. */
function choose(idle: readonly PoolMember[], { track }: Placed, owned: ReadonlySet<string>): PoolMember | undefined {
  const free = idle.find(({ tracks }) => tracks.length === 0);
  if (track === undefined || track === null || !owned.has(track)) return free ?? idle[0];
  return idle.find(({ tracks }) => tracks.includes(track)) ?? free;
}
