import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { dropKeys } from '../../../src/config/drop-keys.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

describe('dropKeys', () => {
  it('leaves no key of a provider in the settings or the environment, and everything else as it was', () => {
    const keys = { ANTHROPIC_API_KEY: 'canary-a', OPENAI_API_KEY: 'canary-o', HOUSE_API_KEY: 'canary-h' };
    Object.assign(process.env, keys);
    onTestFinished(() => {
      for (const name of Object.keys(keys)) delete process.env[name];
    });
    const house = { name: 'house', baseURL: 'http://house/v1', wire: 'chat' as const, key: 'HOUSE_API_KEY' };
    const open = { ...house, name: 'open', key: null };
    const project = { providers: [house, open], models: {}, tiers: {}, gateway: null };
    const config = loadConfig({ cwd: tempFolder(), environment: { ...process.env, GAFFER_HOST: 'me' }, project });
    expect(Object.keys(config.accounts)).toEqual(['anthropic', 'openai', 'house', 'open']);
    dropKeys(config);
    expect(JSON.stringify([config, process.env])).not.toContain('canary-');
    expect(Object.keys(config.accounts)).toEqual(['anthropic', 'openai', 'house', 'open']);
    expect(config.environment['GAFFER_HOST']).toBe('me');
    expect(config.accounts['house']!.baseURL).toBe('http://house/v1');
  });
});
