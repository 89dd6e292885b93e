import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, readAccounts } from '../../../src/config/config.ts';
import { ownBounds, usualBounds } from '../../../src/domain/source/source-bounds.ts';
import { ConfigError } from '../../../src/config/environment.ts';

let cwd: string;
beforeEach(() => void (cwd = mkdtempSync(join(tmpdir(), 'gaffer-config-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

describe('loadConfig', () => {
  it('has a default for everything', () => {
    expect(loadConfig({ cwd, environment: {} })).toEqual({
      databaseUrl: null,
      temporal: { isGiven: false },
      taskQueue: 'gaffer',
      accounts: {},
      host: null,
      home: null,
      allowUnsandboxedShell: false,
      webAllow: [],
      webhookAllow: [],
      retentionMs: null,
      rateLimits: { callsPerMinute: null, tokensPerMinute: null },
      payloadKeys: null,
      codecToken: null,
      worker: { tuning: {}, metricsAddress: null, logsToStdout: false, logFormat: 'text' },
      gateway: null,
      tracing: null,
      models: {},
      tiers: {},
      definitions: { own: ownBounds, others: usualBounds },
      providers: [],
      search: null,
      searchesByProvider: false,
      isCi: false,
      isDebug: false,
      environment: {},
    });
  });

  it('reads what is set', () => {
    const environment = {
      DATABASE_URL: 'postgres://me:secret@db:5432/gaffer',
      TEMPORAL_ADDRESS: 'temporal:7233',
      GAFFER_TASK_QUEUE: 'crew-1',
      ANTHROPIC_API_KEY: ' key ',
      GAFFER_ALLOW_UNSANDBOXED_SHELL: '1',
      GAFFER_WEB_ALLOW: 'localhost:8080, 127.0.0.1:9000',
      GAFFER_WEBHOOK_ALLOW: 'hooks.internal:443',
      GAFFER_MODEL_RPM: '50',
      GAFFER_MAX_FILE: '16MB',
      GAFFER_MAX_NODES: '1_000_000',
      GAFFER_MODEL_TPM: '40_000',
      GAFFER_MODEL_FIRST_BYTE: '300s',
      GAFFER_MODEL_IDLE: '90s',
      GAFFER_MODELS: '{"mine":{"window":9000}}',
      CI: 'true',
    };
    expect(loadConfig({ cwd, environment })).toMatchObject({
      databaseUrl: 'postgres://me:secret@db:5432/gaffer',
      temporal: { isGiven: true },
      taskQueue: 'crew-1',
      accounts: {
        anthropic: { apiKey: 'key', baseURL: null, firstByteTimeoutMs: 300_000, idleTimeoutMs: 90_000 },
      },
      models: { mine: { window: 9000 } },
      allowUnsandboxedShell: true,
      webAllow: ['localhost:8080', '127.0.0.1:9000'],
      webhookAllow: ['hooks.internal:443'],
      rateLimits: { callsPerMinute: 50, tokensPerMinute: 40_000 },
      definitions: {
        own: { bytes: 16 * 1024 * 1024, nodes: 1_000_000 },
        others: { bytes: 16 * 1024 * 1024, nodes: 1_000_000 },
      },
      isCi: true,
    });
  });

  it('reads an account of each provider that there is a key for', () => {
    const environment = { ANTHROPIC_API_KEY: 'a', OTHER_ONE_API_KEY: 'b', OTHER_ONE_BASE_URL: 'http://127.0.0.1:1' };
    expect(readAccounts(['anthropic', 'other-one', 'third'], environment)).toEqual({
      anthropic: { apiKey: 'a', baseURL: null },
      'other-one': { apiKey: 'b', baseURL: 'http://127.0.0.1:1' },
    });
    const wrong = { OTHER_ONE_BASE_URL: 'nonsense' };
    expect(() => readAccounts(['other-one'], wrong)).toThrow('OTHER_ONE_BASE_URL: must be a URL');
  });

  it('takes an empty variable as unset', () => {
    const environment = {
      DATABASE_URL: '',
      ANTHROPIC_API_KEY: '',
      GAFFER_TASK_QUEUE: '',
      GAFFER_WEB_ALLOW: '',
      CI: '',
    };
    expect(loadConfig({ cwd, environment })).toMatchObject({ databaseUrl: null, taskQueue: 'gaffer', isCi: false });
  });

  it('fills in from .env what the environment leaves open, and never overrides it', () => {
    writeFileSync(join(cwd, '.env'), 'ANTHROPIC_API_KEY="from file"\nGAFFER_TASK_QUEUE=file # remark\n');
    const config = loadConfig({ cwd, environment: { GAFFER_TASK_QUEUE: 'environment' } });
    expect(config.accounts['anthropic']?.apiKey).toBe('from file');
    expect(config.taskQueue).toBe('environment');
    expect(config.environment).toMatchObject({ ANTHROPIC_API_KEY: 'from file', GAFFER_TASK_QUEUE: 'environment' });
  });

  it.each([
    ['DATABASE_URL', 'mysql://secret@host/db'],
    ['DATABASE_URL', 'not a url'],
    ['ANTHROPIC_BASE_URL', 'ftp://secret'],
    ['GAFFER_TASK_QUEUE', 'has spaces in it'],
    ['GAFFER_ALLOW_UNSANDBOXED_SHELL', 'maybe'],
    ['GAFFER_WEB_ALLOW', 'no-port'],
    ['GAFFER_WEBHOOK_ALLOW', 'http://a.example'],
    ['GAFFER_MODEL_FIRST_BYTE', '901s'],
    ['GAFFER_MODEL_IDLE', '2m'],
    ['GAFFER_MODELS', '[1]'],
    ['GAFFER_MAX_FILE', '100KB'],
    ['GAFFER_MAX_FILE', '65MB'],
    ['GAFFER_MAX_FILE', '4 million'],
    ['GAFFER_MAX_NODES', '19_999'],
    ['GAFFER_MAX_NODES', '1e6'],
    ['GAFFER_MODELS', '{"half"'],
  ])('refuses %s=%s by name, without repeating the value', (name, value) => {
    const load = () => loadConfig({ cwd, environment: { [name]: value } });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(name);
    expect(load).not.toThrow(value);
  });
});
