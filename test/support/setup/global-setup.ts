import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../../src/dev/stack.ts';
import type { TemporalTarget } from '../../../src/domain/temporal-target.ts';
import { bundleWorkflows } from '../../../src/workers/bundle-workflows.ts';
import { openToEverybody } from './own-temporal.ts';
import { guardedRunFolder } from './run-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The shared server, as everything of ours reaches it. */
    temporal: TemporalTarget;
    /** The same server as one that somebody brings: for `TEMPORAL_ADDRESS`. */
    temporalAddress: string;
    /** The home whose servers these are. */
    serversHome: string;
    databaseUrl: string;
    workflowBundle: string;
  }
}

/** Where a project of the run leaves what it started, for the others. */
const shared = 'GAFFER_TEST_SERVERS';

/** One Temporal server, one PostgreSQL and one bundle of today's source for the whole test run, whichever parts it has. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const known = process.env[shared];
  if (known) {
    provide(project, JSON.parse(known) as ProvidedContext);
    return undefined;
  }
  const folder = guardedRunFolder(project.vitest.projects.map(({ tmpDir }) => tmpDir));
  const servers = await startServers(folder.path);
  process.env[shared] = JSON.stringify(servers);
  provide(project, servers);
  return () => folder.remove();
}

function provide(project: TestProject, servers: ProvidedContext): void {
  for (const name of Object.keys(servers) as (keyof ProvidedContext)[]) project.provide(name, servers[name]);
}

async function startServers(folder: string): Promise<ProvidedContext> {
  const environment = { ...process.env };
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) delete environment[name];
  // Not in the folder itself: tests below it would take it for their home.
  const home = { path: join(folder, 'servers', '.gaffer') };
  mkdirSync(join(folder, 'servers'), { mode: 0o755 });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const [stack, bundle] = await Promise.all([
    startStack({ home, env: environment, say, confirmDownload: async () => true }),
    bundleWorkflows(),
  ]);
  const workflowBundle = join(folder, 'workflow-bundle.js');
  writeFileSync(workflowBundle, bundle.code);
  return {
    temporal: stack.temporal.target,
    temporalAddress: await openToEverybody(stack.temporal.target),
    serversHome: home.path,
    databaseUrl: stack.databaseUrl,
    workflowBundle,
  };
}
