import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox } from '../../../../src/host/payloads/sealed-secret.ts';

const homeSecret = () => 'the secret of a home';
const key = (): string => randomBytes(32).toString('base64');

describe('a secret in the database', () => {
  it('is opened for its own owner alone, and shows nothing of itself', () => {
    const box = createSecretBox(null, homeSecret);
    const sealed = box.seal('whsec_abc', 'wh_1');
    expect(box.open(sealed, 'wh_1')).toBe('whsec_abc');
    expect(sealed).not.toContain('abc');
    expect(box.seal('whsec_abc', 'wh_1')).not.toBe(sealed);
    expect(() => box.open(sealed, 'wh_2')).toThrow(/another's/);
    const [id = '', data = ''] = sealed.split(':');
    const bytes = Buffer.from(data, 'base64url');
    bytes[20]! ^= 1;
    expect(() => box.open(`${id}:${bytes.toString('base64url')}`, 'wh_1')).toThrow(/was changed/);
  });

  it('is opened by no other home, which says so', () => {
    const sealed = createSecretBox(null, homeSecret).seal('a', 'wh_1');
    expect(() => createSecretBox(null, () => 'another').open(sealed, 'wh_1')).toThrow(
      /the key "home~\w+", which is not here/,
    );
  });

  it('is under a shared key where there is one, and is opened by all that have it, also after a change', () => {
    const [one, two] = [key(), key()];
    const never = () => {
      throw new Error('asked for the home');
    };
    const sealed = createSecretBox({ keys: { one }, current: 'one' }, never).seal('a', 'wh_1');
    const both = createSecretBox({ keys: { two, one }, current: 'two' }, never);
    expect(both.open(sealed, 'wh_1')).toBe('a');
    expect(both.seal('b', 'wh_1')).toMatch(/^two:/);
    expect(() => createSecretBox({ keys: { two }, current: 'two' }, never).open(sealed, 'wh_1')).toThrow(/"one"/);
    // Keys that encrypt no payloads still encrypt secrets.
    expect(createSecretBox({ keys: { one }, current: null }, never).open(sealed, 'wh_1')).toBe('a');
    // What was there before the keys came.
    const before = createSecretBox(null, homeSecret).seal('c', 'wh_1');
    expect(createSecretBox({ keys: { one }, current: 'one' }, homeSecret).open(before, 'wh_1')).toBe('c');
  });
});
