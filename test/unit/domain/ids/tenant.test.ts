import { expect, it } from 'vitest';
import { inTenant, isOf, isTenant, localId, tenantOf, tenantPrefix } from '../../../../src/domain/ids/tenant.ts';

it.each([
  ['x', 'default', 'x'],
  ['acme@x', 'acme', 'x'],
  ['acme@x/build~2', 'acme', 'x/build~2'],
  ['acme@x.deploy-evaluation', 'acme', 'x.deploy-evaluation'],
  ['acme@x:0190-key', 'acme', 'x:0190-key'],
  ['a@b@c', 'a', 'b@c'],
  // Nothing before the mark names nobody.
  ['@x', 'default', '@x'],
])('reads %s as a thing of %s that is called %s there', (id, tenant, local) => {
  expect(tenantOf(id)).toBe(tenant);
  expect(localId(id)).toBe(local);
  expect(isOf(tenant, id)).toBe(true);
  expect(isOf(null, id)).toBe(true);
  expect(isOf('somebody', id)).toBe(false);
});

it('completes what a tenant names, and leaves alone what names a tenant', () => {
  expect(inTenant('acme', 'x')).toBe('acme@x');
  expect(inTenant('acme', 'acme@x')).toBe('acme@x');
  expect(inTenant('acme', 'zeta@x')).toBe('zeta@x');
  expect(inTenant('acme', '@x')).toBe('acme@@x');
  expect(inTenant('default', 'x')).toBe('x');
  expect(inTenant(null, 'x')).toBe('x');
  expect(tenantPrefix('default')).toBe('');
});

it('takes small names for tenants, and nothing that could end one early or begin another', () => {
  for (const name of ['default', 'a', 'acme-2', '0'.repeat(40)]) expect(isTenant(name)).toBe(true);
  for (const name of ['', '-a', 'Acme', 'a@b', 'a/b', 'a b', 'a.b', 'a"', 'ä', '0'.repeat(41)])
    expect(isTenant(name)).toBe(false);
});
