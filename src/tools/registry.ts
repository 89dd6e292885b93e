import type { ToolName } from '../domain/tool-names.ts';
import { createBashTool } from './shell/bash.ts';
import { createFilesystemTool } from './files/filesystem.ts';
import { createIssueTool } from './crew/issue.ts';
import { createPlanTasksTool } from './crew/plan-tasks.ts';
import { createReportBlockerTool } from './crew/report-blocker.ts';
import type { ShellSettings } from './shell/sandbox.ts';
import type { Tool } from './tool.ts';
import { createWebTool } from './web/web.ts';

/** What of the tools depends on where they run. */
export interface ToolSettings {
  shell: ShellSettings;
  web: {
    /** `host:port` pairs that can be reached although they are not public. */
    allow: string[];
  };
}

/** Every built-in tool by its name. */
export function createTools(settings: ToolSettings): Map<ToolName, Tool> {
  const tools: Tool[] = [
    createIssueTool(),
    createFilesystemTool(),
    createBashTool(settings.shell),
    createWebTool(settings.web),
    createReportBlockerTool(),
    createPlanTasksTool(),
  ];
  return new Map(tools.map((tool) => [tool.name, tool]));
}
