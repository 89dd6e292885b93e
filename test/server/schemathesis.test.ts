import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userCacheDir } from '../../src/config/user-cache-dir.ts';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const version = '4.32.5';
const cache = userCacheDir(process.env);
const folder = join(cache, `schemathesis-${version}`);
const tool = join(folder, 'bin', 'schemathesis');
const run = promisify(execFile);
const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };
/** How long it looks for what is wrong, in s: coverage of every route takes about half of it. */
const budget = process.env['SCHEMATHESIS_SECONDS'] ?? '45';

/*
 * Left out: the stream of many runs, which has no other form, and what waits until a run is closed; the end of the caller's own session; and
 * calls without a key, of which an address has few a minute (test/server/access.test.ts asks every route so). One worker: threads of it
 * break CPython 3.11's parser.
 *
 * What a schema cannot say is refused with 422: that a text is no workflow, or a name nobody's. A status code that no document names would be a
 * mismatch all the same.
 */
const config = `
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "304", "401", "403", "404", "409", "412", "422", "428", "429"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "431"]
`;

describe('the OpenAPI document', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: { rules: [echo] } });
    writeProject(env.workspace);
    await install();
  }, 300_000);
  afterAll(() => env.close());

  it.skipIf(!hasPip())(
    'says of every route what it takes and answers: schemathesis finds no server error and no mismatch',
    async () => {
      const definition = { name: 'seen', default_profile: 'coder', tasks: [{ id: 'a', prompt: 'A' }] };
      await (await env.client.start({ definition, id: 'crew-x7k2' })).result();
      const file = join(env.workspace, 'schemathesis.toml');
      writeFileSync(file, config);
      const { service, key } = env;
      const found = await run(
        'python3',
        [
          tool,
          ...['--config-file', file, 'run', `${service.url}/openapi.json`, '--url', service.url],
          ...['-H', 'Accept: application/json'],
          ...['-H', `Authorization: Bearer ${key}`, '--workers', '1', '--max-time', budget, '--seed', '13'],
          ...['--max-examples', '2', '--no-shrink', '--continue-on-failure', '--no-color', '--warnings', 'off'],
          ...['--request-timeout', '40', '--exclude-checks', 'ignored_auth', '--exclude-name', 'DELETE /api/session'],
          ...['--exclude-path-regex', '^/api/events$|/closed$'],
        ],
        { cwd: env.workspace, maxBuffer: 100_000_000, env: { ...process.env, PYTHONPATH: folder } },
      ).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          stdout: error.stdout + error.stderr,
        }),
      );
      expect(found.code === 0 ? '' : found.stdout.slice(-20_000)).toBe('');
    },
    300_000,
  );
});

/** CI has it, or the test fails there. */
function hasPip(): boolean {
  if (process.env['CI']) return true;
  try {
    execFileSync('python3', ['-m', 'pip', '--version']);
    return true;
  } catch {
    return false;
  }
}

/** Once a user: some 60 packages. */
async function install(): Promise<void> {
  if (!hasPip() || existsSync(folder)) return;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', draft, `schemathesis==${version}`]);
    // Whole or not at all, whoever else does the same.
    if (!existsSync(folder)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
