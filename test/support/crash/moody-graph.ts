import type { RunResult, TaskStatus } from '../../../src/domain/run/run-result.ts';
import type { Rule, Script, ScriptedConversation } from '../../../src/testing/index.ts';

/**
 * How the model of a task is: it works, declines, says nothing, answers the same wrong thing, goes round in circles with a tool, or
 * says the same over and over without an end.
 */
const moods = ['works', 'refuses', 'silent', 'wrong', 'circles', 'repeats'] as const;
type Mood = (typeof moods)[number];

/** Who gets an agent out of a circle: nobody, the run's manager, or a person whom the manager passes it on to. */
export const helpers = ['nobody', 'manager', 'person'] as const;
export type Helper = (typeof helpers)[number];

interface MoodyTask {
  id: string;
  mood: Mood;
  attempts: number;
  continueOnError: boolean;
  join: 'all' | 'any';
  edges: { on: MoodyTask; anyEnd: boolean }[];
}

/** A graph of tasks with moods, and what must become of it. */
export interface MoodyGraph {
  yaml: string;
  script: Script;
  /** What each task ends as, why, and how often its model is asked. */
  expected: ReadonlyMap<string, { status: TaskStatus; says: RegExp | null; calls: number }>;
  status: RunResult['status'];
}

const size = 10;
/** What gets an agent out of a circle. */
export const theWay = 'Stop here.';

/** Makes a graph from numbers. Every mood is in it; which edges bear what is up to the numbers. */
export function moodyGraph(random: (limit: number) => number, helper: Helper): MoodyGraph {
  const tasks: MoodyTask[] = [];
  for (let number = 0; number < size; number++) {
    const earlier = [...tasks];
    const edges = Array.from({ length: Math.min(number, random(3)) }, () => {
      const [on] = earlier.splice(random(earlier.length), 1);
      return { on: on!, anyEnd: random(3) === 0 };
    });
    tasks.push({
      id: `t${number}`,
      mood: number < moods.length ? moods[number]! : random(2) === 0 ? 'works' : moods[random(moods.length)]!,
      attempts: 1 + random(2),
      continueOnError: random(3) === 0,
      join: random(3) === 0 ? 'any' : 'all',
      edges: number < 2 ? [] : edges,
    });
  }
  const expected = foretell(tasks, helper);
  const ends = [...expected.values()].map(({ status }) => status);
  const isWhole = ends.every((end) => end === 'succeeded');
  const status = isWhole ? 'succeeded' : ends.includes('succeeded') ? 'partial' : 'failed';
  return { yaml: toYaml(tasks, helper), script: { rules: rulesOf(tasks, helper) }, expected, status };
}

function toYaml(tasks: readonly MoodyTask[], helper: Helper): string {
  const lines = tasks.map(({ id, mood, attempts, continueOnError, join, edges }) => {
    const parts = [`id: ${id}`, `prompt: "${promptOf(id)}"`, `retry: { max_attempts: ${attempts}, backoff: 10ms }`];
    if (continueOnError) parts.push('continue_on_error: true');
    if (edges.length > 0) {
      const needs = edges.map(({ on, anyEnd }) => (anyEnd ? `{ task: ${on.id}, on: any_end }` : on.id));
      parts.push(`depends_on: [${needs.join(', ')}]`, `join: ${join}`);
    }
    if (mood === 'wrong') parts.push('output: { type: object, properties: { n: { type: integer } }, required: [n] }');
    return `  - { ${parts.join(', ')} }`;
  });
  return `${helper === 'nobody' ? '' : 'manager: foreman\n'}tasks:\n${lines.join('\n')}\n`;
}

function rulesOf(tasks: readonly MoodyTask[], helper: Helper): Rule[] {
  const isOf = (id: string) => (c: ScriptedConversation) =>
    c.messages.some((one) => JSON.stringify(one.content).includes(promptOf(id)));
  const foreman: Rule = {
    name: 'foreman',
    when: (c) => c.prompt.startsWith('The agent '),
    answer: () => ({ text: helper === 'manager' ? theWay : 'ESCALATE: I do not know' }),
  };
  const freed: Rule = { name: 'freed', when: (c) => c.prompt.includes(theWay), answer: () => ({ text: 'freed' }) };
  return [foreman, freed, ...tasks.map(({ id, mood }) => ({ name: id, when: isOf(id), answer: answers[mood] }))];
}

const answers: Record<Mood, Rule['answer']> = {
  works: () => ({ text: 'done' }),
  refuses: () => ({ fault: { kind: 'refusal' } }),
  silent: () => ({ text: '' }),
  wrong: () => ({ text: '{"n": "seven"}' }),
  circles: () => ({ tools: [{ name: 'issue', input: { action: 'list' } }] }),
  repeats: () => ({ text: 'and so on', stopReason: 'max_tokens' }),
};

function promptOf(id: string): string {
  return `Do ${id} now.`;
}

// What the documentation says, once more and in few words: nothing of the product's own code.
function foretell(tasks: readonly MoodyTask[], helper: Helper): MoodyGraph['expected'] {
  const expected = new Map<string, { status: TaskStatus; says: RegExp | null; calls: number }>();
  const statusOf = (task: MoodyTask): TaskStatus => expected.get(task.id)!.status;
  for (const task of tasks) {
    const met = task.edges.filter(
      ({ on, anyEnd }) =>
        anyEnd || statusOf(on) === 'succeeded' || (statusOf(on) === 'failed' && on.continueOnError === true),
    );
    const needed = task.join === 'any' ? Math.min(1, task.edges.length) : task.edges.length;
    const isSkipped = met.length < needed;
    expected.set(task.id, isSkipped ? { status: 'skipped', says: /^it needs /, calls: 0 } : endOf(task, helper));
  }
  return expected;
}

function endOf({ mood, attempts }: MoodyTask, helper: Helper) {
  const failed = (says: RegExp, calls: number) => ({ status: 'failed' as const, says, calls: calls * attempts });
  if (mood === 'refuses') return failed(/the model declined to answer/, 1);
  if (mood === 'wrong') return failed(/does not meet the task's output schema/, 4);
  if (mood === 'silent') return failed(/the model gave an empty answer/, 2);
  if (mood === 'repeats') return failed(/3 answers in a row were cut off at their limit/, 3);
  if (mood === 'works') return { status: 'succeeded' as const, says: null, calls: 1 };
  if (helper === 'nobody') return failed(/round in circles: 3 times in a row the same step/, 3);
  return { status: 'succeeded' as const, says: null, calls: 4 };
}
