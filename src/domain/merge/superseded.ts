import { toResolutionId } from '../ids/merge-id.ts';

/**
 * Which of a run's branches others have taken the place of: a conflict that went back stands in the branch that came of it, so that it is one
 * conflict and not several.
 *
 * @param ids tasks that have a branch
 */
export function supersededOf(ids: readonly string[]): Set<string> {
  const resolutions = new Map<string, { id: string; n: number }[]>();
  for (const id of ids) {
    const [, name, n] = /^([^]+)-merge-([1-9]\d*)$/.exec(id) ?? [];
    if (name !== undefined) resolutions.set(name, [...(resolutions.get(name) ?? []), { id, n: Number(n) }]);
  }
  const superseded = new Set<string>();
  for (const root of ids) {
    const later = resolutions.get(toResolutionId(root, 1).replace(/-merge-1$/, '')) ?? [];
    const chain = [root, ...later.toSorted((a, b) => a.n - b.n).map(({ id }) => id)];
    for (const id of chain.slice(0, -1)) superseded.add(id);
  }
  return superseded;
}
