import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { Script, ScriptedAnswer, ScriptedConversation } from '../../../src/testing/index.ts';
import { sum, work } from './crew.ts';
import { agent } from '../plan/builders.ts';
import { yamlPlan } from '../plan/yaml-plan.ts';

/** One model call of the graph, as a test sees it. */
export interface GraphCall {
  /** Which request it is, from 1 on. */
  number: number;
  conversation: ScriptedConversation;
  answer: ScriptedAnswer;
}

/** Model calls of an undisturbed graph. */
export const graphCalls = 23;

/**
 * A graph with a structured output, a `for_each` over what it says, tools, an approval of a task and one of a tool call, a condition
 * that holds, one that does not, and something to undo.
 */
export function graphPlan(runId: string, mode: 'child' | 'inline' | 'auto', workspace: string): Plan {
  // What is done in slices has quick tools alone: the shell is somebody else's.
  const agents = mode === 'auto' ? [agent({ name: 'builder', tools: ['issue', 'bash'] })] : [];
  return yamlPlan(graphText(runId, mode), { workspace, agents });
}

/** The same graph as the text of a workflow file, but for who works on it. */
export function graphText(runId: string, mode: 'child' | 'inline' | 'auto'): string {
  const byBuilder = mode === 'auto' ? 'profile: builder, ' : '';
  return `
limits: { tasks: ${mode} }
policy:
  - { tool: bash, match: "bash echo shipped*", action: ask }
tasks:
  - id: parts
    prompt: Name the parts of ${runId}.
    output: { type: object, properties: { parts: { type: array, items: { type: string } } }, required: [parts] }
  - { id: build, ${byBuilder}depends_on: [parts], for_each: "\${{ tasks.parts.output.parts }}", prompt: "Work as \${{ item }} of ${runId}.", compensate: { bash: "echo build >> undone" } }
  - id: check
    depends_on: [build]
    context_name: check
    prompt: Check ${runId}.
    output: { type: object, properties: { score: { type: integer } }, required: [score] }
  - { id: gate, depends_on: [build], prompt: "Pass the gate of ${runId}.", approval: before }
  - { id: praise, depends_on: [check], when: "\${{ tasks.check.output.score > 5 }}", prompt: "Praise ${runId}." }
  - { id: blame, depends_on: [check], when: "\${{ tasks.check.output.score < 5 }}", prompt: "Blame ${runId}." }
  - { id: ship, ${byBuilder}depends_on: [gate, check], prompt: "Ship ${runId}.", compensate: { bash: "echo ship >> undone" } }
  - { id: sum, depends_on: [ship, praise], prompt: "Work as sum of ${runId}." }
`;
}

/** The model of one run's graph. `change` may bend each answer; it sees them in the order in which they are asked for. */
export function graphScript(
  runId: string,
  change: (call: GraphCall) => ScriptedAnswer | void = () => undefined,
): Script {
  let number = 0;
  return {
    rules: [
      {
        name: 'graph',
        when: ({ prompt }) => prompt.includes(runId),
        answer: (conversation) => {
          const answer = next(conversation);
          return change({ number: ++number, conversation, answer }) ?? answer;
        },
      },
    ],
  };
}

function next(conversation: ScriptedConversation): ScriptedAnswer {
  const { prompt, results } = conversation;
  const name = /^Work as (\w+) of/.exec(prompt)?.[1];
  if (name === 'sum') return sum(conversation).answer;
  if (name !== undefined) return work(conversation, name).answer;
  if (prompt.startsWith('Name')) return { text: JSON.stringify({ parts: ['w1', 'w2', 'w3'] }) };
  if (prompt.startsWith('Check')) return { text: JSON.stringify({ score: 7 }) };
  if (!prompt.startsWith('Ship')) return { text: `done: ${prompt}` };
  const [last] = results.slice(-1);
  if (!last) return { tools: [{ name: 'bash', input: { command: 'echo shipped >> shipped' } }] };
  if (last.content.includes('Outcome unknown')) return { tools: [{ name: 'bash', input: { command: 'cat shipped' } }] };
  // Cut off before it did anything: what a careful agent does then.
  if (last.isError) return { tools: [{ name: 'bash', input: { command: 'echo shipped >> shipped' } }] };
  return { text: 'shipped' };
}
