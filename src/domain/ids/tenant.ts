/*
 * T1 A tenant is in the id of the run, and so in everything whose name begins with it: its tasks, evaluations, nested runs and its own board.
 *    Schedules and boards that several runs share are called alike.
 * T2 What people give holds no "@", so nobody can name a thing into another tenant.
 * T3 `runs.tenant` and `issue_boards.tenant` are made of the id by the database in the same way (migration 025).
 */

/** Whose runs have no tenant in their ids: those of the terminal, and of before there were any. */
export const defaultTenant = 'default';

/** What stands between a tenant and the name of its thing. */
const tenantMark = '@';

const tenantPattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Whether a tenant can be called so: 1 to 40 small letters, digits and hyphens. */
export function isTenant(name: string): boolean {
  return tenantPattern.test(name);
}

/** Whose a thing is, by its id or by its run's key. */
export function tenantOf(id: string): string {
  const at = id.indexOf(tenantMark);
  return at > 0 ? id.slice(0, at) : defaultTenant;
}

/** What it is called within its tenant: `x` of `acme@x`. */
export function localId(id: string): string {
  const at = id.indexOf(tenantMark);
  return at > 0 ? id.slice(at + 1) : id;
}

/** How ids of a tenant's things begin; empty: they have no such beginning. */
export function tenantPrefix(tenant: string): string {
  return tenant === defaultTenant ? '' : `${tenant}${tenantMark}`;
}

/** The whole id of what a tenant names: one that names a tenant stays as it is. `tenant` null: whoever sees all. */
export function inTenant(tenant: string | null, id: string): string {
  return tenant === null || id.indexOf(tenantMark) > 0 ? id : `${tenantPrefix(tenant)}${id}`;
}

/** Whether a thing is a tenant's, by its whole id. `tenant` null: whoever sees all. */
export function isOf(tenant: string | null, id: string): boolean {
  return tenant === null || tenantOf(id) === tenant;
}
