/*
 * What a run would take over from earlier ones, found out before it starts: its tasks are gone through as if each result
 * that can be reused was there already. What depends on a task that is done anew cannot be known, so it is not told of.
 */
import type { Lineage } from '../../contracts/orchestrate-input.ts';
import { toInstanceId } from '../../domain/ids/execution-id.ts';
import type { Instance } from '../../domain/ids/execution-id.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { ReusedFiles } from '../../domain/run/run-events.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import { digestOf, factHash } from '../task/groups.ts';
import { hashOf } from '../database/canonical-json.ts';
import type { Reusable, ReuseLevel } from './reuse.ts';
import { allowedOf, chooseReusable, filesOfReused, findCandidates, loadLevels, toSource } from './reuse.ts';
import { siblingsOf } from '../task/siblings.ts';
import type { Sql } from '../database/sql.ts';
import { decide } from '../task/task-decision.ts';
import type { TaskFact, TaskFacts } from '../task/task-facts.ts';
import { createMemory, loadTexts } from '../task/task-facts.ts';

/** A result that would be taken over: of which run, and there of which execution. */
export interface PlannedReuse {
  /** Execution of the new run. */
  id: string;
  task: string;
  run: string;
  from: string;
  /** Of a member of a `for_each`: how many there are, of which others may be done anew. */
  width?: number;
  /** How the files are that it looked at; not there: it looked at none. */
  files?: ReusedFiles;
}

/** Which results a run of this plan would take over, as far as can be known before its start, in the order of the plan. */
export async function planReuse(sql: Sql, plan: Plan, lineage: Lineage): Promise<PlannedReuse[]> {
  const levels = await loadLevels(sql, lineage);
  if (levels.length === 0) return [];
  const simulation = new Simulation(sql, { plan, lineage, levels });
  for (const task of plan.tasks) await simulation.visit(task);
  return simulation.planned;
}

class Simulation {
  readonly planned: PlannedReuse[] = [];
  readonly #sql: Sql;
  readonly #plan: Plan;
  readonly #lineage: Lineage;
  readonly #levels: ReuseLevel[];
  readonly #tasks: Map<string, PlanTask>;
  readonly #used = new Set<string>();
  /** What is known to come out; a task that is not in it is done anew. */
  readonly #known = new Map<string, TaskFact>();
  readonly #members = new Map<string, TaskFact[]>();
  readonly #items = new Map<string, JsonValue[]>();
  readonly #byHead = new Map<string, TaskFact>();
  /** Where conversations stand; null: that cannot be known. */
  readonly #heads = new Map<string, string | null>();
  readonly #facts: TaskFacts;

  constructor(sql: Sql, { plan, lineage, levels }: { plan: Plan; lineage: Lineage; levels: ReuseLevel[] }) {
    this.#sql = sql;
    this.#lineage = lineage;
    this.#plan = plan;
    this.#levels = levels;
    this.#tasks = new Map(plan.tasks.map((task) => [task.id, task]));
    this.#facts = this.#toFacts();
  }

  async visit(task: PlanTask): Promise<void> {
    const isOpen = !this.#isKnowable(task) || this.#heads.get(task.context) === null;
    const fact = isOpen ? undefined : await this.#find(task, { task: task.id, item: null, iteration: 1 });
    // What a loop does after its first round depends on a condition that looks at more than this.
    if (fact && task.repeat === null && !this.#isInLoop(task)) this.#known.set(task.id, fact);
    else this.#heads.set(task.context, null);
  }

  // Everything that its key is made of must be known, and what needs the success of a task that is skipped does not start.
  #isKnowable({ dependsOn, afterPhase, join }: PlanTask): boolean {
    if (!dependsOn.every(({ task }) => this.#known.has(task))) return false;
    const isLeftOut = ({ task, on, from }: PlanTask['dependsOn'][number]): boolean =>
      from === 'explicit' && on === 'all_success' && this.#known.get(task)!.status === 'skipped';
    if (join === 'all' && dependsOn.some(isLeftOut)) return false;
    if (afterPhase === null) return true;
    return this.#plan.tasks.every(({ id, phase }) => phase === null || phase > afterPhase || this.#known.has(id));
  }

  #isInLoop({ phase }: PlanTask): boolean {
    return phase !== null && this.#plan.phases[phase]!.repeat !== null;
  }

  async #find(task: PlanTask, instance: Instance): Promise<TaskFact | undefined> {
    const id = toInstanceId(instance);
    const isOwn = instance.item !== null && task.context === task.id;
    const context = isOwn ? id : task.context;
    const head = this.#heads.get(context) ?? null;
    const world = { plan: this.#plan, tasks: this.#tasks };
    const decision = await decide(world, this.#facts, { definition: task, starting: { ...instance, head } });
    if (decision.kind === 'skip') return toFact(instance, { status: 'skipped' });
    if (decision.kind === 'expand') return this.#expand(task, decision.items);
    if (decision.kind === 'fail') return undefined;
    const candidates = (await findCandidates(this.#sql, this.#levels, [decision.key])).get(decision.key) ?? [];
    const source = this.#choose(candidates, task, id);
    if (!source) return undefined;
    this.#used.add(toSource(source));
    const files = filesOfReused(this.#plan, task, this.#lineage);
    const width = instance.item === null ? undefined : this.#items.get(task.id)!.length;
    const found = { id, task: task.id, run: source.runId, from: source.id };
    this.planned.push({ ...found, ...(width !== undefined && { width }), ...(files && { files }) });
    const { output, summary, outputHash } = source;
    const fact = toFact(instance, {
      status: 'reused',
      head: source.head,
      output,
      summary,
      outputHash,
      reuseKey: decision.key,
    });
    this.#heads.set(context, source.head);
    if (source.head !== null) this.#byHead.set(source.head, fact);
    return fact;
  }

  #choose(candidates: Reusable[], task: PlanTask, id: string): Reusable | undefined {
    const { redo } = this.#levels[0]!;
    if (redo.has(id) || redo.has(task.id)) return undefined;
    const about = { plan: this.#plan, task, lineage: this.#lineage, levels: this.#levels };
    return chooseReusable(allowedOf(candidates, about), {
      id,
      siblings: siblingsOf(this.#plan, task),
      used: this.#used,
    });
  }

  async #expand(task: PlanTask, items: JsonValue[]): Promise<TaskFact | undefined> {
    this.#items.set(task.id, items);
    if (items.length === 0) return toFact({ task: task.id, item: null, iteration: 1 }, { status: 'skipped', width: 0 });
    const members: TaskFact[] = [];
    for (let item = 0; item < items.length; item++) {
      const member = await this.#find(task, { task: task.id, item, iteration: 1 });
      if (member) members.push(member);
    }
    if (members.length < items.length) return undefined;
    this.#members.set(task.id, members);
    const outputHash = hashOf(members.map(factHash));
    const group: Instance = { task: task.id, item: null, iteration: 1 };
    return toFact(group, { status: 'succeeded', width: items.length, outputHash });
  }

  #toFacts(): TaskFacts {
    const remember = createMemory();
    return {
      fetch: () => Promise.resolve(),
      latest: (task) => Promise.resolve(this.#known.get(task)),
      members: (group) => Promise.resolve(this.#members.get(group.task) ?? []),
      byHead: (head) => Promise.resolve(this.#byHead.get(head)),
      instance: () => Promise.resolve(undefined),
      fetchTexts: () => Promise.resolve(),
      text: (head) => remember(head, async () => (await loadTexts(this.#sql, [head])).get(head) ?? ''),
      item: (task, _iteration, item) => Promise.resolve(this.#items.get(task)![item]!),
      addedTasks: () => Promise.resolve(new Map()),
      phaseDigest: (phase) => Promise.resolve(this.#digest(phase)),
      previous: async () => null,
      issues: () => Promise.resolve([]),
      // What looks at it is done anew as far as anybody can tell.
      state: () => Promise.reject(new Error('what agents will share cannot be known')),
    };
  }

  #digest(last: number): string {
    const facts = this.#plan.tasks
      .filter(({ phase }) => phase !== null && phase <= last)
      .flatMap(({ id }) => this.#members.get(id) ?? this.#known.get(id) ?? []);
    return digestOf(facts);
  }
}

function toFact(instance: Instance, rest: Partial<TaskFact> & Pick<TaskFact, 'status'>): TaskFact {
  const nothing = { isMissing: false, width: null, head: null, output: undefined, outputHash: null, reuseKey: null };
  const { task, iteration } = instance;
  return { id: toInstanceId(instance), task, iteration, summary: '', ...nothing, ...rest };
}
