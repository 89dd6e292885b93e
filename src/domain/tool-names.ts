/*
 * N1 A tool that is built in has a plain name (`bash`); any other stands in a namespace: `acme.greet`, or, of the server `github`, `github.list_issues`.
 * N2 Providers take letters, digits, `_` and `-` only, so a dot travels as `__`. No part of a name has `__` in it, or `_` at its ends: there
 *    is one way back.
 */

/** Name of a tool; which there are is said by the registry of a worker (tools/registry.ts). */
export type ToolName = string;

/** What of a tool has to be known where the tool itself is not: its name, and what is left out is not so. */
export interface ToolTraits {
  readonly name: ToolName;
  /** It can change files of the workspace. */
  readonly changesFiles?: boolean;
  /** An agent that names no tools, or all, gets it. */
  readonly isDefault?: boolean;
  /** It is about other agents of the run: given only where there are some, see `withCrewTools`. */
  readonly isForCrew?: boolean;
}

/** The built-in tools, for whoever checks a definition and holds no tools. Adding tasks is given by name, or by `decompose`. */
export const builtInTools = {
  issue: { name: 'issue', isDefault: true },
  filesystem: { name: 'filesystem', isDefault: true, changesFiles: true },
  bash: { name: 'bash', isDefault: true, changesFiles: true },
  web: { name: 'web', isDefault: true },
  reportBlocker: { name: 'report_blocker' },
  planTasks: { name: 'plan_tasks' },
  sendMessage: { name: 'send_message', isDefault: true, isForCrew: true },
  ask: { name: 'ask', isDefault: true, isForCrew: true },
  inbox: { name: 'inbox', isDefault: true, isForCrew: true },
  stateGet: { name: 'state_get', isDefault: true, isForCrew: true },
  stateSet: { name: 'state_set', isDefault: true, isForCrew: true },
  stateLock: { name: 'state_lock', isDefault: true, isForCrew: true },
  stateWait: { name: 'state_wait', isDefault: true, isForCrew: true },
  readOutput: { name: 'read_output' },
} as const satisfies Readonly<Record<string, ToolTraits>>;

/** {@link builtInTools} as a list: what a definition is checked against when nobody gives more. */
export const builtInList: readonly ToolTraits[] = Object.values(builtInTools);

/** Longest name of a tool, as providers take it. */
export const longestToolName = 64;
const part = /^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*$/;

/** Whether a word is a name in a namespace (N1). */
export function isNamespaced(word: string): boolean {
  const parts = word.split('.');
  return parts.length > 1 && toWireName(word).length <= longestToolName && parts.every((each) => part.test(each));
}

/** A tool's name as providers take it (N2). */
export function toWireName(name: ToolName): string {
  return name.replaceAll('.', '__');
}

/** The tool that a provider means by a name (N2). */
export function fromWireName(name: string): ToolName {
  return name.replaceAll('__', '.');
}

/** Whether a tool is about other agents of the run. */
export function isForCrew(name: ToolName): boolean {
  return builtInList.some((tool) => tool.name === name && tool.isForCrew === true);
}
