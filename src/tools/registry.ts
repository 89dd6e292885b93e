import { isNamespaced, type builtInTools, type ToolName } from '../domain/tool-names.ts';
import { createBashTool } from './shell/bash.ts';
import { createFilesystemTool } from './files/filesystem.ts';
import { createIssueTool } from './crew/issue.ts';
import { createMessageTools } from './crew/messages.ts';
import { createPlanTasksTool } from './crew/plan-tasks.ts';
import { createReadOutputTool } from './context/read-output.ts';
import { createReportBlockerTool } from './crew/report-blocker.ts';
import type { ShellSettings } from '../host/sandbox/sandbox.ts';
import { createStateGetTool } from './state/state-get.ts';
import { createStateLockTool } from './state/state-lock.ts';
import { createStateSetTool } from './state/state-set.ts';
import { createStateWaitTool } from './state/state-wait.ts';
import type { Tool } from './tool.ts';
import type { SearchSettings } from './web/search.ts';
import { createWebTool } from './web/web.ts';

/** What of the tools depends on where they run. */
export interface ToolSettings {
  shell: ShellSettings;
  web: {
    /** `host:port` pairs that can be reached although they are not public. */
    allow: string[];
    /** Who is asked to search; left out: nobody. */
    search?: SearchSettings | null;
    /** Models' providers search by themselves. */
    isSearchedElsewhere?: boolean;
  };
}

/**
 * Every tool of a worker by its name: the built-in ones, and `more`, whose names stand in a namespace.
 *
 * @throws Error when one of them cannot be called as it is, or is there twice
 */
export function createTools(settings: ToolSettings, more: readonly Tool[] = []): Map<ToolName, Tool> {
  const builtIn: Readonly<Record<keyof typeof builtInTools, Tool>> = {
    issue: createIssueTool(),
    filesystem: createFilesystemTool(),
    bash: createBashTool(settings.shell),
    web: createWebTool(settings.web),
    reportBlocker: createReportBlockerTool(),
    planTasks: createPlanTasksTool(),
    stateGet: createStateGetTool(),
    stateSet: createStateSetTool(),
    stateLock: createStateLockTool(),
    stateWait: createStateWaitTool(),
    readOutput: createReadOutputTool(),
    ...createMessageTools(),
  };
  const tools = new Map(Object.values(builtIn).map((tool) => [tool.name, tool]));
  for (const tool of more) {
    const { name, definition } = tool;
    if (!isNamespaced(name) || definition.name !== name) {
      throw new Error(
        `the tool "${name}" is called "${definition.name}" in its definition; both must be NAMESPACE.TOOL, of letters, digits, "-" and single "_", with at most 64 characters`,
      );
    }
    if (tools.has(name)) throw new Error(`there are two tools "${name}"`);
    tools.set(name, tool);
  }
  return tools;
}
