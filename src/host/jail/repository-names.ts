/** What git knows a folder by as a repository that needs no `.git`. */
export const repositoryNames = ['HEAD', 'objects', 'refs', 'commondir'] as const;

/** Whether git takes a folder that holds these names for a repository. */
export function isRepository(names: Iterable<string>): boolean {
  const all = new Set(names);
  const hasAll = (...wanted: (typeof repositoryNames)[number][]): boolean => wanted.every((name) => all.has(name));
  return hasAll('HEAD', 'objects', 'refs') || hasAll('HEAD', 'commondir');
}
