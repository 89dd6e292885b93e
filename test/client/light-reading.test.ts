import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tempFolder } from '../support/base/temp-folder.ts';
import { startNode, writeProject } from '../support/command/cli.ts';
import { plan, task } from '../support/plan/builders.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tells = pathToFileURL(join(root, 'test/support/command/tell-loaded.mjs')).href;
/** What a command needs that reads what is stored: its own line, colours, and PostgreSQL. */
const light = /^(commander|picocolors|pg|pg-.*|pgpass|postgres-.*|split2|xtend)$/;

let env: RunEnv;
beforeAll(async () => {
  env = await openRunEnv({
    script: { rules: [{ name: 'done', when: () => true, answer: () => ({ text: 'Done.' }) }] },
  });
  await env.run(plan({ tasks: [task({ id: 'one' })] }), { runId: 'light' });
});
afterAll(() => env.close());

async function packagesOf(...args: string[]): Promise<string[]> {
  const cwd = writeProject(tempFolder());
  const file = join(tempFolder(), 'loaded');
  const { address } = inject('temporal');
  const servers = { DATABASE_URL: env.settings.databaseUrl, TEMPORAL_ADDRESS: address, LOADED_MODULES: file };
  const node = startNode(['--import', tells, join(root, 'bin/gaffer.js'), ...args], { cwd, env: servers });
  const { code, stdout, stderr } = await node.ended;
  expect({ code, said: stdout !== '' || stderr !== '' }, stderr).toEqual({ code: 0, said: true });
  const names = [...readFileSync(file, 'utf8').matchAll(/\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//g)];
  return [...new Set(names.map(([, name]) => name!))].sort();
}

describe('a command that reads what is stored', () => {
  it.each([
    ['runs'],
    ['show', 'light'],
    ['output', 'light'],
    ['transcript', 'light'],
    ['export', 'light'],
    ['approvals'],
  ])('loads no SDK, schema or YAML library: %s', async (...args) => {
    const packages = await packagesOf(...args);
    expect(packages).toContain('pg');
    expect(packages.filter((name) => !light.test(name))).toEqual([]);
  });

  it('loads the SDK of Temporal where it has to be asked: a run is to start later', async () => {
    const at = new Date(Date.now() + 3_600_000);
    const held = await env.client.start({ plan: plan({ tasks: [task({ id: 'one' })] }), id: 'light-later', at });
    try {
      expect(await packagesOf('runs')).toContain('@temporalio/client');
    } finally {
      await held.cancel();
    }
  });
});
