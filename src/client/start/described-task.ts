import type { PlanSource } from '../../definition/formats/open-definition.ts';
import type { JsonObject } from '../../domain/json.ts';

/** A task in words, with what it requires, as a definition. */
export function describedTask({
  task,
  requirements,
}: {
  task: string;
  requirements?: JsonObject | string;
}): PlanSource {
  const value = { task, ...(requirements !== undefined && { requirements }) };
  return { kind: 'object', value, name: 'task' };
}
