import { describe, expect, it } from 'vitest';
import { readGateway } from '../../../src/config/gateway-settings.ts';

describe('readGateway', () => {
  it.each([
    [{}, null, null],
    [{}, 'off', 'off'],
    [{ GAFFER_GATEWAY: 'on' }, 'off', 'own'],
    [{ GAFFER_GATEWAY: ' off ' }, null, 'off'],
    [{ GAFFER_GATEWAY: '' }, 'on', 'own'],
    [{ GAFFER_GATEWAY: 'http://gateway:4180' }, null, { url: 'http://gateway:4180' }],
    [{ GAFFER_GATEWAY: 'https://gateway.example/' }, null, { url: 'https://gateway.example' }],
    [{ GAFFER_GATEWAY: 'unix:/run/gaffer/gateway.sock' }, 'off', { url: 'unix:/run/gaffer/gateway.sock' }],
  ] as const)('has %j, with %j in the project file, mean %j', (environment, inProject, choice) => {
    expect(readGateway(environment, { gateway: inProject })).toEqual(choice);
  });

  it.each(['yes', 'gateway:4180', 'unix:run/x', 'http://u:p@gateway', 'http://gateway/path', 'ftp://gateway'])(
    'refuses %j, and says what it may be',
    (text) => {
      expect(() => readGateway({ GAFFER_GATEWAY: text }, { gateway: null })).toThrow(
        /^GAFFER_GATEWAY: must be on, off, or/,
      );
    },
  );
});
