import { expect, it } from 'vitest';
import { createKey } from '../../../../src/client/access/keys.ts';
import type { KeyStore } from '../../../../src/store/service/keys.ts';

it('makes no key that decides in any role', async () => {
  const wishes = { name: 'all', scopes: ['approve' as const], roles: ['owner', '*'] };
  await expect(createKey({} as KeyStore, wishes)).rejects.toThrow(/"\*" is no role/);
});
