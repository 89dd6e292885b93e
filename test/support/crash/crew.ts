import { join } from 'node:path';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Script, ScriptedAnswer, ScriptedConversation } from '../../../src/testing/index.ts';
import { agent, plan, task, phase } from '../plan/builders.ts';

/** What a worker does, in this order; `work` runs the shell and comments on the issue in the same turn. */
const crewSteps = ['create', 'claim', 'work', 'close', 'end'] as const;

/** One of {@link crewSteps}, what an agent does after an unknown outcome, or one of the last task's. */
type CrewStep = (typeof crewSteps)[number] | 'check' | 'again' | 'list' | 'sum';

/** One model call as a test sees it. */
export interface CrewCall {
  /** Which request it is, from 1 on. */
  number: number;
  /** Who asks: `w1`, `w2` …, or `sum`. */
  name: string;
  step: CrewStep;
  answer: ScriptedAnswer;
}

/** Workers that each create, claim, do and close an issue, side by side; then one of them sums up. */
export function crewPlan(size: number, workspace: string, runId: string): Plan {
  const names = Array.from({ length: size }, (_, index) => `w${index + 1}`);
  return plan({
    name: 'crash-crew',
    workspace,
    phases: [phase('Work', 'parallel'), phase('Sum', 'sequential')],
    tasks: [
      ...names.map((id) => task({ id, phase: 0, prompt: `Work as ${id} of ${runId}.` })),
      task({ id: 'sum', phase: 1, afterPhase: 0, context: 'w1', prompt: `Work as sum of ${runId}.` }),
    ],
    agents: { worker: agent({ tools: ['issue', 'bash'] }) },
  });
}

/** The same crew as files of a project; `more`: another line of its phase of work. */
export function crewFiles(size: number, runId: string, more?: string): Record<string, string> {
  const names = Array.from({ length: size }, (_, index) => `w${index + 1}`);
  const tasks = names.map((id) => `      - { id: ${id}, context_name: ${id}, prompt: Work as ${id} of ${runId}. }`);
  const workflow = [
    'name: killed',
    'default_profile: worker',
    'phases:',
    ...['  - name: Work', '    execution_mode: parallel', '    tasks:', ...tasks, ...(more ? [more] : [])],
    ...['  - name: Sum', '    tasks:'],
    `      - { id: sum, context_name: w1, prompt: Work as sum of ${runId}. }`,
  ].join('\n');
  const worker = '---\nname: worker\nmodel: claude-haiku-4-5\ntools: [issue, bash]\n---\nYou do things.\n';
  return { 'workflow.yaml': workflow, 'agents/worker.md': worker };
}

/** Model calls of an undisturbed crew: five for each worker and two for the sum. */
export function callsOf(size: number): number {
  return size * crewSteps.length + 2;
}

/** Last words of the sum when everything went right. */
export function rightSum(size: number): string {
  return `${size} of ${size} issues closed`;
}

/** File that a worker's shell command writes its name into, once. */
export function workFile(workspace: string, name: string): string {
  return join(workspace, `work-${name}`);
}

/** The model of one run's crew. `change` may bend each answer; it sees them in the order in which they are asked for. */
export function crewScript(runId: string, change: (call: CrewCall) => ScriptedAnswer | void = () => undefined): Script {
  let number = 0;
  return {
    rules: [
      {
        name: 'crew',
        when: ({ prompt }) => prompt.endsWith(` of ${runId}.`),
        answer: (conversation) => {
          const name = /^Work as (\w+) of/.exec(conversation.prompt)![1]!;
          const { step, answer } = name === 'sum' ? sum(conversation) : work(conversation, name);
          return change({ number: ++number, name, step, answer }) ?? answer;
        },
      },
    ],
  };
}

/** A step, and what is said in it. */
export interface Next {
  step: CrewStep;
  answer: ScriptedAnswer;
}

/** What a worker of that name says next. Read from the conversation alone, so that it goes on right wherever it was cut. */
export function work(conversation: ScriptedConversation, name: string): Next {
  const title = `Work of ${name}`;
  const issue = (input: JsonObject) => ({ name: 'issue', input });
  const has = (action: string) =>
    conversation.results.find((result) => result.input['action'] === action && !result.isError);
  const created = has('create');
  if (!created) return { step: 'create', answer: { tools: [issue({ action: 'create', title })] } };
  const { id } = (JSON.parse(created.content) as { issue: { id: string } }).issue;
  if (!has('claim')) return { step: 'claim', answer: { tools: [issue({ action: 'claim', id })] } };
  const shell = conversation.results.filter((result) => result.name === 'bash');
  const command = `echo ${name} >> work-${name}`;
  if (shell.length === 0) {
    const comment = issue({ action: 'comment', id, text: `${name} is at work` });
    return { step: 'work', answer: { tools: [{ name: 'bash', input: { command } }, comment] } };
  }
  const last = shell.at(-1)!;
  if (last.content.includes('Outcome unknown')) {
    return { step: 'check', answer: { tools: [{ name: 'bash', input: { command: `cat work-${name}` } }] } };
  }
  // Cut off before it did anything: what a careful agent does then.
  if (last.isError) return { step: 'again', answer: { tools: [{ name: 'bash', input: { command } }] } };
  if (!has('close')) return { step: 'close', answer: { tools: [issue({ action: 'close', id, result: 'done' })] } };
  return { step: 'end', answer: { text: `${name} closed ${id}` } };
}

/** What the one who sums up says next. */
export function sum(conversation: ScriptedConversation): Next {
  const list = conversation.results.find((result) => result.name === 'issue');
  if (!list) return { step: 'list', answer: { tools: [{ name: 'issue', input: { action: 'list' } }] } };
  const { issues } = JSON.parse(list.content) as { issues: { status: string }[] };
  const closed = issues.filter((one) => one.status === 'closed').length;
  return { step: 'sum', answer: { text: `${closed} of ${issues.length} issues closed` } };
}
