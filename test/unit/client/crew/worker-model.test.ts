import { describe, expect, it } from 'vitest';
import { variablesOf } from '../../../../src/client/crew/worker-model.ts';
import { loadConfig } from '../../../../src/config/config.ts';

describe('the model of an own worker', () => {
  it('is reached with the key, the address and the patience that the program gives', () => {
    const model = { apiKey: 'k', baseURL: 'http://127.0.0.1:9', firstByteTimeoutMs: 300_000, idleTimeoutMs: 90_000 };
    const environment = { ANTHROPIC_API_KEY: 'of the shell', GAFFER_MODEL_IDLE: '5s', ...variablesOf(model) };
    expect(loadConfig({ cwd: '/', environment }).accounts).toEqual({ anthropic: model });
  });

  it('leaves what the program does not say to the environment', () => {
    const environment = { ANTHROPIC_API_KEY: 'of the shell', GAFFER_MODEL_IDLE: '5s', ...variablesOf(undefined) };
    const account = { apiKey: 'of the shell', baseURL: null, idleTimeoutMs: 5000 };
    expect(loadConfig({ cwd: '/', environment }).accounts).toEqual({ anthropic: account });
  });

  it.each([
    [{ apiKey: ' ' }, 'model.apiKey must be a key'],
    [{ apiKey: undefined as never }, 'model.apiKey must be a key'],
    [
      { apiKey: 'k', firstByteTimeoutMs: 1500 },
      'model.firstByteTimeoutMs must be whole seconds in ms from 1000 to 900000',
    ],
    [{ apiKey: 'k', idleTimeoutMs: 600_001 }, 'such as 90_000, and is 600001'],
    [{ apiKey: 'k', idleTimeoutMs: Number.NaN }, 'and is NaN'],
  ])('is refused before anything starts: %j', (model, words) => {
    expect(() => variablesOf(model)).toThrow(words);
  });
});
