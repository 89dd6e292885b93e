import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import type { Plan, PlanTask } from '../../src/domain/plan/plan.ts';

/*
 * How long answers are: as agents write them that do such work, a token for every four characters. A finding is about 200 tokens, a list of
 * findings has 12, a report is 1,500 tokens, a summary 150, an answer in prose 900, a file that is read 1,200.
 */

/** Characters of what stands in an answer, by the name of its field; everything else is a line. */
const lengths: Readonly<Record<string, number>> = {
  ...{ report: 6000, runbook: 6000, summary: 600, what: 200, proof: 320, change: 240, reason: 240, scenario: 320 },
  ...{ severity: 6, place: 36, file: 36, path: 24, method: 4, side: 8, level: 4, name: 16, command: 40, folder: 12 },
};
const [line, listed, prose] = [120, 60, 3600];
const [manyItems, someItems] = [12, 6];

/** Characters of a file that agents read. */
export const fileLength = 4800;

/** How many files a task reads, one a turn, before it answers; what only puts results together looks into two. */
function readsOf(task: Pick<PlanTask, 'id'>): number {
  return /report|summary|runbook/.test(task.id) ? 2 : 8;
}

/** What a task of a plan answers: what its `output` asks for, in full length, else prose; `longer`: times as long. */
function answerOf({ output }: Pick<PlanTask, 'output'>, longer: number): string {
  return output === null ? textOf(prose * longer) : JSON.stringify(valueOf(output, '', longer));
}

/** The answers of all tasks of a plan, by id. */
export function answersOf({ tasks }: Pick<Plan, 'tasks'>, longer = 1): Record<string, { text: string; reads: number }> {
  return Object.fromEntries(tasks.map((task) => [task.id, { text: answerOf(task, longer), reads: readsOf(task) }]));
}

function valueOf(schema: JsonObject, name: string, longer: number): JsonValue {
  const { enum: words, type: types, properties, items, maxItems, pattern } = schema;
  const type = Array.isArray(types) ? types[0] : types;
  if (Array.isArray(words)) return words[0]!;
  if (type === 'object')
    return Object.fromEntries(
      Object.entries((properties ?? {}) as JsonObject).map(([key, each]) => [
        key,
        valueOf(each as JsonObject, key, longer),
      ]),
    );
  if (type === 'array') {
    const isOfObjects = (items as JsonObject)['type'] === 'object';
    const count = Math.min(isOfObjects ? manyItems : someItems, typeof maxItems === 'number' ? maxItems : Infinity);
    return Array.from({ length: count }, () => valueOf(items as JsonObject, isOfObjects ? '' : 'item', longer));
  }
  if (type === 'integer' || type === 'number') return 10;
  if (type === 'boolean') return true;
  // Names of folders.
  if (pattern !== undefined) return 'src/server';
  // What is only named stays as long as it is.
  const length = name === 'item' ? listed : (lengths[name] ?? line);
  return textOf(length < 100 ? length : length * longer);
}

function textOf(length: number): string {
  return 'what was found here and what follows from it for whoever goes on '
    .repeat(Math.ceil(length / 64))
    .slice(0, length);
}
