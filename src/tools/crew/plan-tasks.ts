import { builtInTools } from '../../domain/tool-names.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { ContextStrategy } from '../../domain/context/briefing.ts';
import { preview } from '../../domain/fingerprint.ts';
import type { QuickTool } from '../tool.ts';
import { keepHead } from '../../host/output-limit.ts';
import { toLine } from '../tool-input.ts';

/** What its agent knows of whoever added a task, for whoever writes the prompt. */
const knows: Readonly<Record<ContextStrategy, string>> = {
  isolated: 'all that the agent must know: it does not see this conversation',
  shared:
    'all that the agent must know: it does not see this conversation, but notes of what tasks came to, decisions, broadcasts and state',
  hierarchical: 'what is to be done: the agent goes on from this conversation, so repeat nothing of it',
};

const describe = (
  strategy: ContextStrategy,
): string => `Splits your work into tasks for other agents. They start when you end your turn, and run as part of your task.
tasks: a list; each with id (letters, digits, - and _), profile (who does it; can be left out where the workflow has a default, or lists the agents that it gives work to: then one that fits is chosen), prompt (${knows[strategy]}),
and optionally depends_on (ids of tasks in this list that must succeed first), priority (1 to 10), files_scope (globs of the files it writes; tasks whose globs overlap do not run at once). A task gets the results of those it depends on with its prompt.
Make tasks that can run side by side where the work allows it. The list is added as a whole, or every mistake is told and nothing is added.`;

const inputSchema = {
  type: 'object',
  properties: {
    tasks: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          profile: { type: 'string', description: 'name of the agent' },
          prompt: { type: 'string' },
          depends_on: { type: 'array', items: { type: 'string' } },
          priority: { type: 'integer', minimum: 1, maximum: 10 },
          files_scope: { type: 'array', items: { type: 'string' } },
        },
        required: ['id', 'prompt'],
      },
    },
  },
  required: ['tasks'],
  additionalProperties: false,
} as const;

/** The tool with which an agent adds tasks to the run. Its effect lies in the database alone. */
export function createPlanTasksTool(): QuickTool {
  const definition = { name: 'plan_tasks', description: describe('isolated'), input_schema: inputSchema as never };
  return {
    ...builtInTools.planTasks,
    kind: 'quick',
    definition,
    definitionFor: ({ agents, strategy }) => ({
      ...definition,
      description: `${describe(strategy)}\nAgents:\n${listAgents(agents)}`,
    }),
    problemOf: ({ tasks }) => listProblem(tasks),
    effectOf: (input) => (isTaskList(input['tasks']) ? 'idempotent' : 'pure'),
    describe: (input) => {
      const tasks = isTaskList(input['tasks']) ? input['tasks'] : [];
      return toLine('plan_tasks', ...tasks.slice(0, 20).map((task) => task['id']));
    },
    async run(input, call, sql) {
      const { tasks } = input;
      const problem = listProblem(tasks);
      if (problem !== null || !isTaskList(tasks)) return { content: problem ?? '', isError: true };
      const result = await call.addTasks(tasks.map(toWrittenTask), sql);
      if (result.added === null) {
        return { content: keepHead(`Nothing was added:\n${result.problems}`, 'Correct these first.'), isError: true };
      }
      const ids = result.added.map((task) => task.id);
      const content = JSON.stringify({ added: ids, note: 'They start when you end your turn.' });
      return { content: keepHead(content, ''), added: result.added };
    },
  };
}

function listProblem(tasks: JsonValue | undefined): string | null {
  if (!isTaskList(tasks)) return 'Bad input. tasks: expected a list of tasks, at least one.';
  const foreign = foreignKeys(tasks);
  if (foreign.length === 0) return null;
  return `Bad input. A task has no key ${foreign.join(', ')}; it has ${[...taskKeys].join(', ')}.`;
}

function isTaskList(value: unknown): value is Record<string, JsonValue>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((task) => typeof task === 'object' && task !== null && !Array.isArray(task))
  );
}

function listAgents(agents: readonly { name: string; description: string }[]): string {
  return agents.map(({ name, description: what }) => `- ${name}: ${preview(what, 200)}`).join('\n');
}

// What only a workflow's author may say (what undoes a task, who approves it, what it may cost) is not the model's to say.
const taskKeys = new Set(Object.keys(inputSchema.properties.tasks.items.properties));

function foreignKeys(tasks: readonly JsonObject[]): string[] {
  return [...new Set(tasks.flatMap(Object.keys))].filter((key) => !taskKeys.has(key)).slice(0, 10);
}

/** A task as a workflow file would have it: what the model wrote is no expression, and results of what it waits for come along. */
function toWrittenTask(task: JsonObject): JsonObject {
  const { prompt, depends_on: dependsOn } = task;
  if (typeof prompt !== 'string') return task;
  const named: unknown[] = Array.isArray(dependsOn) ? dependsOn : [];
  const ids = named.filter((id): id is string => typeof id === 'string' && /^[\w.-]+$/.test(id));
  const results = ids.map((id) => `\n\nResult of ${id}:\n\${{ tasks.${id}.output }}`);
  return { ...task, prompt: prompt.replaceAll('${{', () => '$${{') + results.join('') };
}
