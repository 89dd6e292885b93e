import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const text = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands!);

describe('docs/http.md', () => {
  let env: ServiceEnv;
  beforeAll(async () => {
    env = await openServiceEnv({
      script: { rules: [{ name: 'any', when: () => true, answer: () => ({ text: 'Bees.' }) }] },
    });
  });
  afterAll(() => env.close());

  it('has examples in curl that do what they say, one after the other', async () => {
    expect(examples.length).toBeGreaterThan(5);
    for (const commands of examples) {
      const { stdout } = await promisify(execFile)('bash', ['-ec', commands], {
        env: { PATH: process.env['PATH'], GAFFER_URL: env.service.url, GAFFER_KEY: env.key },
      });
      expect(stdout).not.toBe('');
    }
    const run = await env.client.find('haiku-1');
    expect((await run.result()).status).toBe('succeeded');
    expect((await (await env.client.find('haiku-2')).result()).status).toBe('cancelled');
  });
});
