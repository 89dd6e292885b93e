import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/domain/errors.ts';
import { modelLine, openModel, wishFor } from '../../../../src/client/crew/model.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { checkKeys } from '../../../../src/client/crew/check-keys.ts';
import { agent, plan, task } from '../../../support/plan/builders.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-model-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

const configWith = (environment: Record<string, string>) => loadConfig({ cwd, environment });
const rules = `export const script = { rules: [{ name: 'yes', when: () => true, answer: () => ({ text: 'yes' }) }] };`;

describe('wishFor', () => {
  it.each([
    [{}, null, 'scripted'],
    [{ ANTHROPIC_API_KEY: 'key' }, null, 'anthropic'],
    [{ ANTHROPIC_API_KEY: 'key' }, '/rules.js', 'scripted'],
  ] as const)('with %j and script %j is %s', (environment, script, model) => {
    expect(wishFor(configWith(environment), script)).toEqual({ model, script, scriptPort: null });
  });
});

describe('real or scripted', () => {
  const claude = agent();
  const gpt = agent({ name: 'writer', model: 'gpt-5', provider: 'openai' });
  const mixed = plan({
    agents: { worker: claude, writer: gpt },
    tasks: [task(), task({ id: 'two', agent: 'writer' })],
  });
  const other = { model: 'gpt-4o', provider: 'openai' };
  const overridden = plan({ agents: { worker: claude }, tasks: [task({ overrides: other })] });

  it.each([
    ['none of them', {}, mixed, 'scripted', null],
    ['all of them', { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b' }, mixed, 'anthropic', null],
    ['some of them', { ANTHROPIC_API_KEY: 'a' }, mixed, 'anthropic', /"writer" uses .*openai.*set OPENAI_API_KEY/],
    ['others', { OPENAI_API_KEY: 'b' }, mixed, 'anthropic', /"worker" uses .*anthropic.*set ANTHROPIC_API_KEY/],
    ['a key that it does not need', { OPENAI_API_KEY: 'b' }, plan(), 'scripted', null],
    ['the key of what its tasks ask alone', { OPENAI_API_KEY: 'b' }, overridden, 'anthropic', null],
  ] as const)('is decided for all of a run, with the keys of %s', (_, environment, of, model, refusal) => {
    const config = configWith(environment);
    const wish = wishFor(config, null, of);
    expect(wish.model).toBe(model);
    const check = () => wish.model === 'anthropic' && checkKeys(of, config);
    if (refusal) expect(check).toThrow(refusal);
    else check();
  });

  it('is told by the keys and places of what the run asks', async () => {
    const none = configWith({});
    const canned = await openModel(none, wishFor(none, null, mixed));
    expect(modelLine(canned, mixed)).toContain('because ANTHROPIC_API_KEY and OPENAI_API_KEY are not set');
    await canned.close();
    const both = configWith({ ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b' });
    const real = await openModel(both, wishFor(both, null, mixed));
    expect(modelLine(real, mixed)).toBe('Model: api.anthropic.com, api.openai.com (costs money)');
    expect(modelLine(real, plan())).toBe('Model: api.anthropic.com (costs money)');
  });
});

describe('checkKeys', () => {
  it('refuses a live run of an agent whose provider there is no key for', () => {
    const config = configWith({ ANTHROPIC_API_KEY: 'very-secret' });
    checkKeys(plan(), config);
    const agents = { worker: agent({ provider: 'other' }) };
    expect(() => checkKeys(plan({ agents }), config)).toThrow(
      'the agent "worker" uses the model other/claude-haiku-4-5, and there is no key for the provider "other": set OTHER_API_KEY. Keys are there for: anthropic.',
    );
  });
});

describe('openModel', () => {
  it('hands over the key of a real model, and never shows it', async () => {
    const config = configWith({ ANTHROPIC_API_KEY: 'very-secret' });
    const model = await openModel(config, wishFor(config, null));
    expect(model.settings).toEqual({
      kind: 'anthropic',
      accounts: { anthropic: { apiKey: 'very-secret', baseURL: null } },
      known: {},
      tiers: {},
    });
    expect(modelLine(model)).toBe('Model: api.anthropic.com (costs money)');
  });

  it('refuses a real model without a key', async () => {
    const wish = { model: 'anthropic', script: null, scriptPort: null } as const;
    await expect(openModel(configWith({}), wish)).rejects.toThrow('set ANTHROPIC_API_KEY');
  });

  it('listens until it is closed, on the same port again', async () => {
    const script = join(cwd, 'rules.mjs');
    writeFileSync(script, rules);
    const first = await openModel(configWith({}), wishFor(configWith({}), script));
    expect((await fetch(first.url!)).status).toBeGreaterThan(0);
    const wish = { model: 'scripted', script, scriptPort: first.port } as const;
    await expect(openModel(configWith({}), wish)).rejects.toThrow(`port ${first.port} is taken`);
    await first.close();
    const second = await openModel(configWith({}), wish);
    expect(second.port).toBe(first.port);
    await second.close();
  });

  it('takes another port for the built-in rules, as nothing names theirs', async () => {
    const first = await openModel(configWith({}), wishFor(configWith({}), null));
    const second = await openModel(configWith({}), { model: 'scripted', script: null, scriptPort: first.port });
    expect(second.port).not.toBe(first.port);
    await Promise.all([first.close(), second.close()]);
  });

  it.each([
    ['absent.mjs', null, 'cannot be loaded'],
    ['other.mjs', 'export const rules = [];', 'does not export `script`'],
    ['broken.mjs', 'export const = ;', 'cannot be loaded'],
  ])('names a module that has no rules: %s', async (name, text, message) => {
    const script = join(cwd, name);
    if (text !== null) writeFileSync(script, text);
    const open = openModel(configWith({}), wishFor(configWith({}), script));
    await expect(open).rejects.toThrow(UsageError);
    await expect(open).rejects.toThrow(message);
  });
});
