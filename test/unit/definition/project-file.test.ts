import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileToTrust, NotTrustedError, openTrustStore } from '../../../src/config/trust-store.ts';
import { thingAt } from '../../../src/cli/trust/grant-trust.ts';
import { loadSettings } from '../../../src/client/connection/load-settings.ts';
import { openModel, wishFor } from '../../../src/client/crew/model.ts';
import { checkKeys } from '../../../src/client/crew/check-keys.ts';
import { readProjectFile } from '../../../src/definition/project-file.ts';
import { DefinitionError } from '../../../src/definition/source/diagnostic.ts';
import { agent, plan } from '../../support/plan/builders.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'gaffer-project-'));
  mkdirSync(join(cwd, '.git'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const file = () => join(cwd, 'gaffer.yaml');
const write = (text: string): string => (writeFileSync(file(), text), text);
const problems = (text: string): string[] => {
  write(text);
  try {
    readProjectFile(file());
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    return error.diagnostics.map(({ code, line, column }) => `${code} ${line}:${column}`);
  }
  return [];
};

const two = `providers:
  local:
    base_url: http://127.0.0.1:8000/v1
    wire: chat
    key: none
    models:
      qwen: { price: { input: 0, output: 0 }, window: 32768, max_output: 4096 }
  house: { base_url: https://models.example/v1 }
`;

describe('the project file', () => {
  it('names servers, their wires, keys and models', () => {
    write(two);
    expect(readProjectFile(file())).toMatchObject({
      providers: [
        { name: 'local', baseURL: 'http://127.0.0.1:8000/v1', wire: 'chat', key: null },
        { name: 'house', baseURL: 'https://models.example/v1', wire: 'either', key: 'HOUSE_API_KEY' },
      ],
      models: { 'local/qwen': { price: { input: 0, output: 0 }, window: 32_768 } },
    });
  });

  it.each([
    ['', []],
    ['# nothing\n', []],
    ['provider: {}', ['unknown-key 1:1']],
    ['providers:\n  a: { base_url: "x", wire: soap }\n  b: {}', ['bad-value 2:29', 'missing-key 3:6']],
    ['providers:\n  a: { base_url: "http://a/v1", modls: {} }', ['unknown-key 2:33']],
    ['providers:\n  a: { base_url: "http://a/v1", models: { m: { windw: 1 } } }', ['unknown-key 2:48']],
    [
      'providers:\n  a: { base_url: nowhere }\n  B: { base_url: "ftp://b" }',
      ['bad-value 2:18', 'bad-name 3:3', 'bad-value 3:18'],
    ],
    ['providers:\n  a: { base_url: "http://me:pw@a/v1" }', ['bad-value 2:18']],
    ['providers:\n  openai: { base_url: "http://a/v1" }', ['taken-name 2:3']],
    ['providers:\n  a: { base_url: "http://a/v1", key: OPENAI_API_KEY }', ['taken-key 2:38']],
    ['providers:\n  a: { base_url: "http://a/v1", key: GITHUB_TOKEN }', ['bad-value 2:38']],
    ['providers:\n  a: { base_url: "http://a/v1", key: TEMPORAL_API_KEY }', ['taken-key 2:38']],
    [
      'providers:\n  a: { base_url: "http://a/v1" }\n  b: { base_url: "http://b/v1", key: A_API_KEY }',
      ['taken-key 3:38'],
    ],
  ])('%j has its mistakes told at once, each with its place', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});

describe('settings of a project', () => {
  const environment = () => ({
    XDG_CONFIG_HOME: join(cwd, 'config'),
    HOUSE_API_KEY: 'of-the-house',
    ANTHROPIC_API_KEY: 'a',
  });

  it('count as somebody allowed the file as it is, from every folder of the project', async () => {
    const text = write(two);
    mkdirSync(join(cwd, 'below'));
    const load = () => loadSettings({ cwd: join(cwd, 'below'), environment: environment() });
    await expect(load()).rejects.toThrow(NotTrustedError);
    await expect(load()).rejects.toMatchObject({ shown: text });
    expect(thingAt(cwd, 'gaffer.yaml')).toMatchObject({ thing: { kind: 'project' }, shown: text });
    await expect(load()).rejects.toThrow(/names servers of models \(local, house\).*gaffer trust/s);
    openTrustStore(environment()).grant(fileToTrust('project', file(), text));
    const config = await load();
    expect(config.accounts).toEqual({
      anthropic: { apiKey: 'a', baseURL: null },
      local: { apiKey: 'none', baseURL: 'http://127.0.0.1:8000/v1' },
      house: { apiKey: 'of-the-house', baseURL: 'https://models.example/v1' },
    });
    expect(config.models).toMatchObject({ 'local/qwen': { window: 32_768 } });
    write(`${two}  more: { base_url: http://evil.example/v1 }\n`);
    await expect(load()).rejects.toThrow(NotTrustedError);
    expect((await loadSettings({ cwd, environment: environment(), ignoresProjectFile: true })).providers).toEqual([]);
  });

  it('are those of the environment while an empty folder holds its name, as commands of agents run', async () => {
    mkdirSync(file());
    expect((await loadSettings({ cwd, environment: environment() })).providers).toEqual([]);
  });

  it('say which variable an agent’s provider lacks, and have a scripted model in its place without any', async () => {
    const text = write('providers:\n  house: { base_url: "http://h/v1", key: OTHER_API_KEY, wire: chat }');
    openTrustStore(environment()).grant(fileToTrust('project', file(), text));
    const config = await loadSettings({ cwd, environment: environment() });
    const both = plan({
      agents: { worker: agent(), writer: agent({ name: 'writer', model: 'm', provider: 'house' }) },
    });
    expect(() => checkKeys(both, config)).toThrow(/"writer" uses the model house\/m.*set OTHER_API_KEY/);
    const model = await openModel(config, wishFor({ accounts: {} }, null, both));
    expect(model.settings.accounts['house']!.baseURL).toBe(`${model.url}/v1`);
    expect(model.settings.providers!.map(({ name }) => name)).toEqual(['house']);
    await model.close();
  });
});
