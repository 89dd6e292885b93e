/** What a key allows: to look, to start and steer runs, to answer for people, and all. */
export const scopes = ['read', 'run', 'approve', 'admin'] as const;

/** One of {@link scopes}. */
export type Scope = (typeof scopes)[number];

/** What each scope includes besides itself. */
const included: Readonly<Record<Scope, readonly Scope[]>> = {
  read: [],
  run: ['read'],
  approve: ['read'],
  admin: ['read', 'run', 'approve'],
};

/** Whether the name is one of a scope. */
export function isScope(name: string): name is Scope {
  return (scopes as readonly string[]).includes(name);
}

/** Whether one of the granted scopes is, or includes, the one that is needed. */
export function hasScope(granted: readonly Scope[], needed: Scope): boolean {
  return granted.some((scope) => scope === needed || included[scope].includes(needed));
}
