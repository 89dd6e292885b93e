import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { removeHome, startStack } from '../../../src/dev/stack.ts';

/** One Temporal server, one PostgreSQL and one bundle of today's source for the whole test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-tests-'));
  const environment = { ...process.env };
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE']) delete environment[name];
  const home = { path: join(folder, '.gaffer') };
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const [stack, bundle] = await Promise.all([
    startStack({ home, env: environment, say, confirmDownload: async () => true }),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../../src/workflows/index.ts', import.meta.url)),
      logger: new DefaultLogger('WARN'),
    }),
  ]);
  const workflowBundle = join(folder, 'workflow-bundle.js');
  writeFileSync(workflowBundle, bundle.code);
  project.provide('temporalAddress', stack.temporal.address);
  project.provide('databaseUrl', stack.databaseUrl);
  project.provide('workflowBundle', workflowBundle);
  return async () => {
    await stack.stop();
    await removeHome(home);
    rmSync(folder, { recursive: true, force: true });
  };
}
