import type { ValuePath } from './source-document.ts';
import {
  contextSchema,
  inputSchema,
  limitsSchema,
  phaseSchema,
  retrySchema,
  taskSchema,
  workflowSchema,
} from './schema.ts';

interface Level {
  live: string[];
  /** Keys that the design has and this version does not run yet: never accepted in silence. */
  planned: string[];
}

function level(schema: { shape: object }, planned: string[] = []): Level {
  return { live: Object.keys(schema.shape), planned };
}

const levels: { pattern: RegExp; level: Level }[] = [
  { pattern: /^$/, level: level(workflowSchema, ['on_failure', 'checkpoint_every', 'tasks']) },
  { pattern: /^inputs\.[^.]+$/, level: level(inputSchema) },
  { pattern: /^limits$/, level: level(limitsSchema, ['tasks']) },
  { pattern: /^context$/, level: level(contextSchema, ['strategy', 'prune_at_tokens']) },
  { pattern: /^phases\.\d+$/, level: level(phaseSchema, ['when', 'repeat']) },
  {
    pattern: /^phases\.\d+\.tasks\.\d+$/,
    level: level(taskSchema, [
      'output',
      'for_each',
      'when',
      'files_scope',
      'compensate',
      'approval',
      'depends_on',
      'dependencies',
      'priority',
    ]),
  },
  { pattern: /^phases\.\d+\.tasks\.\d+\.retry$/, level: level(retrySchema) },
];

const plannedValues: Record<string, string[]> = { 'limits.on_exceeded': ['pause'] };

/** Keys that the object at a path of a workflow file may have. */
export function keysAt(path: ValuePath): Level {
  const text = path.join('.');
  return levels.find(({ pattern }) => pattern.test(text))?.level ?? { live: [], planned: [] };
}

/** Whether the design has this value for a key although this version does not run it yet. */
export function isPlannedValue(path: ValuePath, value: unknown): boolean {
  const key = path.join('.');
  return Object.hasOwn(plannedValues, key) && plannedValues[key]!.some((planned) => planned === value);
}
