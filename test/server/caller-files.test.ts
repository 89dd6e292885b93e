import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileToTrust, openTrustStore } from '../../src/config/trust-store.ts';
import { writeProject } from '../support/command/cli.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

let env: ServiceEnv;
let key: string;
beforeAll(async () => {
  env = await openServiceEnv({ withWorker: false });
  writeProject(env.workspace);
  key = await env.newKey({ scopes: ['run'] });
});
afterAll(() => env.close());

const start = async (body: object, by = key): Promise<{ status: number; code?: string }> => {
  const answer = await fetch(`${env.service.url}/api/runs`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${by}` },
  });
  const { code } = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(code !== undefined && { code }) };
};
const outOfBounds = { status: 403, code: 'out-of-bounds' };
const command = 'tasks:\n  - { id: a, tool: bash, input: { command: id } }\n';
const write = (name: string, text: string): string => {
  const file = join(env.workspace, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};

describe('a workflow file that a run may have written', () => {
  it.each(['w', 'workflows', 'templates'])(
    'brings no command in the folder %s with a key of scope run',
    async (folder) => {
      write(`${folder}/evil.yaml`, command);
      write(`${folder}/around.yaml`, 'tasks:\n  - { id: b, workflow: evil.yaml }\n');
      expect(await start({ file: `${folder}/evil.yaml` })).toEqual(outOfBounds);
      expect(await start({ file: `${folder}/around.yaml` })).toEqual(outOfBounds);
      expect(await start({ definition: { tasks: [{ id: 'b', workflow: `${folder}/evil.yaml` }] } })).toEqual(
        outOfBounds,
      );
    },
  );

  it.each([
    ['a check that is a command', 'tasks: [{ id: a, prompt: A. }]\nevaluate: { checks: [{ command: id }] }\n'],
    ['an undoing by a command', 'tasks: [{ id: a, prompt: A., compensate: { bash: id } }]\n'],
    ['prices', 'models: { m: { price: { input: 0, output: 0 }, window: 1000 } }\ntasks: [{ id: a, prompt: A. }]\n'],
  ])('brings no %s either', async (_, text) => {
    write('w/other.yaml', `default_profile: coder\n${text}`);
    expect(await start({ file: 'w/other.yaml' })).toEqual(outOfBounds);
    expect(await start({ definition: { tasks: [{ id: 'b', workflow: 'w/other.yaml' }] } })).toEqual(outOfBounds);
  });

  it('is believed of a key of scope admin, and when somebody trusted it as it is', async () => {
    const file = write('w/trusted.yaml', command);
    expect((await start({ file: 'w/trusted.yaml' }, env.key)).status).toBe(201);
    openTrustStore().grant(fileToTrust('workspace', file, command));
    expect((await start({ file: 'w/trusted.yaml' })).status).toBe(201);
    expect((await start({ definition: { tasks: [{ id: 'b', workflow: 'w/trusted.yaml' }] } })).status).toBe(201);
    write('w/trusted.yaml', command.replace('id }', 'whoami }'));
    expect(await start({ file: 'w/trusted.yaml' })).toEqual(outOfBounds);
  });

  it('is no script that came as text', async () => {
    const text = "export const meta = { name: 's', description: 'd' };\nreturn 1;\n";
    expect(await start({ text })).toEqual({ status: 403, code: 'not-trusted' });
  });
});
