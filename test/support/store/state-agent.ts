import type { JsonObject } from '../../../src/domain/json.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import { createStateGetTool } from '../../../src/tools/state/state-get.ts';
import { createStateLockTool } from '../../../src/tools/state/state-lock.ts';
import { createStateSetTool } from '../../../src/tools/state/state-set.ts';
import { createStateWaitTool } from '../../../src/tools/state/state-wait.ts';
import type { QuickTool, ToolOutput } from '../../../src/tools/tool.ts';
import { toolCall } from '../tools/tool-call.ts';
import type { StoreRun } from './store-run.ts';

const tools = {
  get: createStateGetTool(),
  set: createStateSetTool(),
  lock: createStateLockTool(),
  wait: createStateWaitTool(),
};

/** An attempt of a task that calls the tools for what a crew shares. */
export function stateAgent(store: WorkerStore, { runKey, frozen }: StoreRun, taskId: string, attempt = 1) {
  const about = { runKey, runNo: frozen.no, taskId, attempt, actor: `${taskId}_agent` };
  const call = toolCall({ ...about, callKey: `${taskId}~${attempt}/1/t/0` });
  const use = (tool: QuickTool, input: JsonObject): Promise<ToolOutput> =>
    store.transaction((sql) => tool.run(input, call, sql));
  const read = async (input: JsonObject) => JSON.parse((await use(tools.get, input)).content) as JsonObject;
  return {
    get: (key: string) => read({ key }),
    all: () => read({}),
    set: (input: JsonObject) => use(tools.set, input),
    lock: (key: string, more: JsonObject = {}) => use(tools.lock, { key, ...more }),
    release: (key: string) => use(tools.lock, { key, release: true }),
    wait: (input: JsonObject) => use(tools.wait, input),
  };
}

/** The token of a lock that was given out. */
export function tokenOf({ content, isError }: ToolOutput): number {
  const { token } = isError ? {} : (JSON.parse(content) as { token?: number });
  if (token === undefined) throw new Error(`no lock: ${content}`);
  return token;
}
