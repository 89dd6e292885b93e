import type { Plan, PlanTask } from './plan.ts';
import type { FrozenScript } from './plan-script.ts';

/** Id of the task that is the script of a script's plan. */
export const scriptTaskId = 'script';

/** How a script names another one. */
export type ScriptName = { name: string } | { scriptPath: string };

/** What a name of another script is found by. */
export function toScriptKey(name: ScriptName): string {
  return 'name' in name ? `name/${name.name}` : `path/${name.scriptPath}`;
}

/** Every script of a plan and of those that they may call. */
export function scriptsOf({ tasks }: Pick<Plan, 'tasks'>): FrozenScript[] {
  return tasks.flatMap(({ script }) => {
    if (!script) return [];
    const children = Object.values(script.children).filter((child) => 'source' in child);
    return [{ file: script.file, source: script.source }, ...children];
  });
}

/** Whether what came out of the run is what a script returned. */
export function isScriptPlan({ tasks }: { tasks: readonly Pick<PlanTask, 'script'>[] }): boolean {
  return tasks.some(({ script }) => script !== undefined);
}
