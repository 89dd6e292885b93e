import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultScript } from '../../src/testing/default-script.ts';
import { tempFolder } from '../support/base/temp-folder.ts';
import { openServiceEnv, type ServiceEnv } from '../support/server/service-env.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** What stands in a document as code of a language, block by block. */
function blocksOf(document: string, language: string): string[] {
  const text = readFileSync(join(root, 'docs', document), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code!);
}

describe('what the documents say of the service', () => {
  let env: ServiceEnv;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    env = await openServiceEnv({ script: defaultScript });
    environment = { PATH: process.env['PATH'], GAFFER_URL: env.service.url, GAFFER_KEY: env.key };
  });
  afterAll(() => env.close());

  it('in curl does what it says, one example after the other', async () => {
    const examples = blocksOf('http.md', 'sh');
    const all = readFileSync(join(root, 'docs/http.md'), 'utf8');
    expect(examples.join('').match(/\bcurl /g)).toHaveLength(all.match(/\bcurl /g)!.length);
    expect(examples.length).toBeGreaterThan(5);
    for (const commands of examples) {
      // Each waits as long as it says, and streams end with their run: more is a mistake of the example.
      const { stdout } = await run('bash', ['-ec', commands], { env: environment });
      expect(stdout, commands).not.toBe('');
    }
    expect((await (await env.client.find('haiku-1')).result()).status).toBe('succeeded');
    expect((await (await env.client.find('haiku-2')).result()).status).toBe('cancelled');
  });

  it.each([
    ['http.md', /^succeeded This is the scripted model/],
    ['programs.md', /^(\S+ is done\n)+succeeded\n$/],
  ])('in TypeScript is a program that does it: %s', async (document, printed) => {
    const programs = blocksOf(document, 'ts').filter((code) => code.includes("from 'gaffer-crew/client'"));
    expect(programs).toHaveLength(1);
    const folder = tempFolder();
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/gaffer-crew'));
    const program = programs[0]!.replaceAll('http://127.0.0.1:7450', env.service.url);
    writeFileSync(join(folder, 'program.ts'), program);
    const typescript = join(root, 'node_modules/tsx/dist/loader.mjs');
    const { stdout } = await run(process.execPath, ['--import', typescript, 'program.ts'], {
      cwd: folder,
      env: environment,
    });
    expect(stdout).toMatch(printed);
  });
});
