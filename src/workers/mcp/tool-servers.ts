import { setTimeout as sleep } from 'node:timers/promises';
import { isTrustedSource } from '../../config/trusted-servers.ts';
import type { ToolServers } from '../../activities/base/dependencies.ts';
import { freezeTools, serversAsked } from '../../definition/mcp/freeze-tools.ts';
import type { McpPlan, OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { outputSchemaProblem, schemaMisfit } from '../../models/check-output.ts';
import { hashOfTool, serverTools } from '../../tools/mcp/server-tool.ts';
import { ServerPool, type PoolSettings } from '../../tools/mcp/server-pool.ts';
import { findEnded } from '../../store/run/ended-runs.ts';
import type { Store } from '../../store/store.ts';

const check = { schemaProblem: outputSchemaProblem, valueProblem: schemaMisfit };

/** How often is looked whether runs that have servers are over, in ms. */
const everyMs = 2000;

/** Servers of tools for the runs of a worker, and what ends all of them. A run's go when it is over, whoever wrote its end. */
export function startToolServers(
  settings: Omit<PoolSettings, 'isTrusted' | 'env'>,
  store: Store,
): { servers: ToolServers; stop: () => Promise<void> } {
  const pool = new ServerPool({ ...settings, env: process.env, isTrusted: isTrustedSource });
  const stopping = new AbortController();
  const looking = endWithRuns(pool, store, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([looking, pool.close()]);
  };
  return { servers: createToolServers(pool), stop };
}

async function endWithRuns(pool: ServerPool, store: Store, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    const runKeys = pool.runKeys();
    if (signal.aborted || runKeys.length === 0) continue;
    // A database that is away is asked again.
    const ended = await findEnded(store.sql, runKeys).catch(() => []);
    await pool.endRuns(ended);
  }
}

function createToolServers(pool: ServerPool): ToolServers {
  return {
    async freeze(plan, { runKey, signal }) {
      const { mcp } = plan;
      if (!mcp || mcp.tools) return plan;
      const asked = serversAsked(plan).map(async (server): Promise<[string, readonly OfferedTool[] | string]> => {
        const wish = { runKey, mcp, server, place: { workspace: plan.workspace } };
        const offered = pool.use(wish, signal, (living) => living.offered(signal));
        return [server, await offered.catch((error: unknown) => wordsOf(error, signal))];
      });
      try {
        const offers = new Map(await Promise.all(asked));
        return freezeTools(plan, { offers, hashOf: hashOfTool, schemaProblem: outputSchemaProblem });
      } catch (error) {
        await pool.endRuns([runKey]);
        throw error;
      }
    },
    toolsOf: (mcp: McpPlan) => serverTools(mcp, pool, check),
  };
}

function wordsOf(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  return error instanceof Error ? error.message : String(error);
}
