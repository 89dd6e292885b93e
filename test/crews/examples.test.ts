import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScript } from '../../src/client/crew/model.ts';
import { violations } from '../support/invariants/invariants.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { inSandbox } from '../support/tools/sandbox.ts';

const fileOf = (name: string, file: string): string =>
  join(fileURLToPath(new URL('../../examples/', import.meta.url)), name, file);

// The other examples of crews: hourly-audit in schedules.test.ts, debate and consensus in ../workflows/templates.test.ts.
describe('the examples of crews', () => {
  let env: RunEnv;
  beforeAll(async () => {
    env = await openRunEnv();
  });
  afterAll(() => env.close());

  async function run(name: string, workspace = env.workspace) {
    env.model.setScript(await loadScript(fileOf(name, 'script.mjs')));
    const started = await env.client.start({ file: fileOf(name, 'workflow.yaml'), workspace });
    const result = await started.result();
    expect([result.status, result.reason]).toEqual(['succeeded', null]);
    expect(await violations(env, started.runKey, [])).toEqual([]);
    return { started, outputs: result.outputs };
  }

  it('ask-an-expert: one question is answered by who had ended, one meets its deadline', async () => {
    const { started, outputs } = await run('ask-an-expert');

    const draft = { amounts: 'cents', dates: 'all of them' };
    expect(outputs).toEqual({ draft, verdict: expect.stringContaining(JSON.stringify(draft)) });
    const messages = await started.messages();
    expect(messages.map(({ kind, from, to, state }) => [kind, from, to, state])).toEqual([
      ['request', 'build', 'survey', 'answered'],
      ['response', 'survey', 'build', 'read'],
      ['request', 'build', 'review', 'expired'],
    ]);
  });

  inSandbox('mcp: a note that an agent keeps is found by a task', async () => {
    // Its server lies there, and writes into a /tmp of its own.
    expect((await run('mcp', fileOf('mcp', ''))).outputs).toEqual({
      found: expect.stringContaining('the lights go out at ten.'),
    });
  });
});
