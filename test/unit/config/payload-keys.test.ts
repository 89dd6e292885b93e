import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';

const [one, two] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64url')];
const read = (keys?: string, current?: string) =>
  loadConfig({
    cwd: '/nowhere',
    environment: { GAFFER_PAYLOAD_KEYS: keys, GAFFER_ENCRYPT_WITH: current },
  }).payloadKeys;

describe('keys that payloads are encrypted with', () => {
  it.each([
    [undefined, undefined, null],
    ['', 'none', null],
    [`a:${one}`, undefined, { keys: { a: one }, current: 'a' }],
    [`2026-11:${one}, 2025:${two}`, undefined, { keys: { '2026-11': one, '2025': two }, current: '2026-11' }],
    [`a:${one}\nb:${two}\n`, 'b', { keys: { a: one, b: two }, current: 'b' }],
    [`a:${one}`, 'none', { keys: { a: one }, current: null }],
  ])('%s, %s', (keys, current, expected) => {
    expect(read(keys, current)).toEqual(expected);
  });

  it.each([
    [one, undefined, 'GAFFER_PAYLOAD_KEYS: entry 1 is not ID:KEY; one such key: "2026-11:$(openssl rand -base64 32)"'],
    [`a:${one},b:c2hvcnQ=`, undefined, 'entry 2 ("b") has not 32 bytes'],
    [`a:${one},a:${two}`, undefined, 'entry 2 ("a") has an id that comes twice'],
    [`none:${one}`, undefined, 'an id that means none'],
    [`a:${one}`, 'b', 'GAFFER_ENCRYPT_WITH: names the key "b", which is not in GAFFER_PAYLOAD_KEYS ("a")'],
    [`a:${one}`, one, 'GAFFER_ENCRYPT_WITH: names the key that is as long as a key (not shown)'],
    [undefined, one, 'GAFFER_ENCRYPT_WITH: names the key that is as long as a key (not shown)'],
    [
      `${one.replaceAll(/[+/=]/g, '')}:id`,
      undefined,
      'entry 1 (that is as long as a key (not shown)) has not 32 bytes',
    ],
    [undefined, 'a', 'GAFFER_ENCRYPT_WITH: names the key "a", and GAFFER_PAYLOAD_KEYS is not set'],
  ])('of %s, %s are refused without being shown', (keys, current, message) => {
    const refusal = (() => {
      try {
        return read(keys, current);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(refusal).toContain(message);
    expect(refusal).not.toContain(one.slice(0, 10));
  });
});
