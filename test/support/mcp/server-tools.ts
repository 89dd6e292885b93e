import { fork, type ChildProcess } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { freezeTools, serversAsked } from '../../../src/definition/mcp/freeze-tools.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { McpPlan } from '../../../src/domain/mcp/mcp-server.ts';
import { outputSchemaProblem, schemaMisfit } from '../../../src/models/check-output.ts';
import { ServerPool } from '../../../src/tools/mcp/server-pool.ts';
import { hashOfTool, serverTools } from '../../../src/tools/mcp/server-tool.ts';
import type { ToolCall, ToolOutput } from '../../../src/tools/tool.ts';
import { tempFolder } from '../base/temp-folder.ts';
import { agent, plan } from '../plan/builders.ts';
import { sandbox } from '../tools/sandbox.ts';
import { toolCall } from '../tools/tool-call.ts';

const check = { schemaProblem: outputSchemaProblem, valueProblem: schemaMisfit };

/** Where servers of the registry lie, and what they import. */
export const modules = resolve(import.meta.dirname, '../../../node_modules');

/** How the hostile server is declared once it lies in the workspace. */
export const hostile: JsonObject = { command: 'node', args: ['hostile-server.mjs'], gaffer: { timeout_seconds: 50 } };

/** Puts the hostile server into a workspace. */
export function placeHostile(workspace: string): void {
  copyFileSync(resolve(import.meta.dirname, 'hostile-server.mjs'), join(workspace, 'hostile-server.mjs'));
}

/** Servers as a run has them: declared, asked what they offer, and called as an agent calls them. */
export async function openServers(
  servers: JsonObject,
  {
    workspace,
    env = {},
    tools = Object.keys(servers).map((name) => `${name}.*`),
    isTrusted = true,
  }: {
    workspace: string;
    env?: Record<string, string>;
    tools?: string[];
    isTrusted?: boolean;
  },
) {
  const signal = new AbortController().signal;
  const pool = new ServerPool({ shell: sandbox, allow: [], env, isTrusted: () => isTrusted });
  const mcp: McpPlan = { sources: [{ file: '/declared/.mcp.json', text: JSON.stringify({ mcpServers: servers }) }] };
  const asked = plan({ agents: { worker: agent({ name: 'worker', tools }) }, mcp });
  const offers = await Promise.all(
    serversAsked(asked).map(async (server) => {
      const wish = { runKey: 'run', mcp, server, place: { workspace } };
      const offered = pool.use(wish, signal, (living) => living.offered(signal));
      return [server, await offered.catch((error: unknown) => (error as Error).message)] as const;
    }),
  );
  const how = { offers: new Map(offers), hashOf: hashOfTool, schemaProblem: outputSchemaProblem };
  const frozen = freezeTools(asked, how);
  const known = new Map(serverTools(frozen.mcp!, pool, check).map((tool) => [tool.name, tool]));
  return {
    pool,
    plan: frozen,
    tool: (name: string) => known.get(name)!,
    call(name: string, input: JsonObject = {}, change: Partial<ToolCall> = {}, cut = signal): Promise<ToolOutput> {
      return known.get(name)!.run(input, toolCall({ workspace, runKey: 'run', callKey: name, ...change }), cut);
    },
  };
}

/** A process of its own that has started a server and holds it, as a worker would. */
export function startWorker(servers: JsonObject, workspace: string): ChildProcess {
  const main = join(tempFolder(), 'worker.mts');
  const source = { file: '/declared/.mcp.json', text: JSON.stringify({ mcpServers: servers }) };
  const wish = { runKey: 'run', mcp: { sources: [source] }, server: Object.keys(servers)[0], place: { workspace } };
  const module = resolve(import.meta.dirname, '../../../src/tools/mcp/server-pool.ts');
  writeFileSync(
    main,
    `import { ServerPool } from ${JSON.stringify(module)};
     const pool = new ServerPool({ shell: ${JSON.stringify(sandbox)}, allow: [], env: {}, isTrusted: () => true });
     await pool.use(${JSON.stringify(wish)}, new AbortController().signal, () => new Promise(() => undefined));`,
  );
  const worker = fork(main, [], { execArgv: ['--import', import.meta.resolve('tsx')], stdio: 'ignore' });
  onTestFinished(() => void worker.kill('SIGKILL'));
  return worker;
}
