import { expect, it } from 'vitest';
import { isLoopback } from '../../../src/domain/loopback.ts';

it.each([
  'localhost',
  'LocalHost',
  'api.localhost',
  'localhost.',
  '127.0.0.1',
  '127.1.2.3',
  '0.0.0.0',
  '[::1]',
  '[::ffff:7f00:1]',
])('%s is this machine', (host) => expect(isLoopback(host)).toBe(true));

it.each(['127.evil.test', 'localhost.test', 'mylocalhost', '128.0.0.1', '[::2]', '[::ffff:8f00:1]', '', 'example.com'])(
  '%s is another one',
  (host) => expect(isLoopback(host)).toBe(false),
);
