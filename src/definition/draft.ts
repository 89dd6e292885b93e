import type { JsonValue } from '../domain/json.ts';
import type { ValuePath } from './source-document.ts';
import { isJsonObject } from './source-document.ts';

/** What can be made out of a task, valid or not. */
export interface DraftTask {
  path: ValuePath;
  phase: number;
  id: string | null;
  context: string | null;
  profile: string | null;
  hasProfileKey: boolean;
  prompt: string | null;
}

/** What can be made out of a definition that may hold mistakes: enough to check names, so that all mistakes are reported at once. */
export interface Draft {
  defaultProfile: string | null;
  hasDefaultProfileKey: boolean;
  manager: string | null;
  phases: { name: string | null; isParallel: boolean }[];
  tasks: DraftTask[];
}

/** Reads what is readable; never fails. */
export function toDraft(value: JsonValue): Draft {
  const root = isJsonObject(value) ? value : {};
  const draft: Draft = {
    defaultProfile: agentName(root['default_profile']),
    hasDefaultProfileKey: Object.hasOwn(root, 'default_profile'),
    manager: agentName(root['manager']),
    phases: [],
    tasks: [],
  };
  for (const [phaseIndex, phase] of list(root['phases']).entries()) {
    const keys = isJsonObject(phase) ? phase : {};
    draft.phases.push({ name: text(keys['name']), isParallel: keys['execution_mode'] === 'parallel' });
    for (const [taskIndex, task] of list(keys['tasks']).entries()) {
      if (isJsonObject(task))
        draft.tasks.push(toDraftTask(task, phaseIndex, ['phases', phaseIndex, 'tasks', taskIndex]));
    }
  }
  return draft;
}

function toDraftTask(task: Record<string, JsonValue>, phase: number, path: ValuePath): DraftTask {
  return {
    path,
    phase,
    id: text(task['id']),
    context: text(task['context_name']),
    profile: agentName(task['profile']),
    hasProfileKey: Object.hasOwn(task, 'profile'),
    prompt: text(task['prompt']),
  };
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** An expression names no agent, and the schema says already that it cannot stand there. */
function agentName(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.includes('${{') ? null : text(value);
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
