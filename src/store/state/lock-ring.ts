/** Somebody who waits for a key: behind its holder, and behind those who wait for it longer. Ids are those of attempts. */
export interface LockWait {
  id: string;
  name: string;
  key: string;
  behind: { id: string; name: string }[];
}

/** The waits of a ring, the first one's first; null: they all come to an end somewhere. The shortest ring through `first`. */
export function ringOf(first: LockWait, others: readonly LockWait[]): LockWait[] | null {
  const byId = new Map<string, LockWait[]>();
  for (const wait of others) byId.set(wait.id, [...(byId.get(wait.id) ?? []), wait]);
  const seen = new Set<string>();
  let paths: LockWait[][] = [[first]];
  while (paths.length > 0) {
    const longer: LockWait[][] = [];
    for (const path of paths) {
      for (const { id } of path.at(-1)!.behind) {
        if (id === first.id) return path;
        if (seen.has(id)) continue;
        seen.add(id);
        for (const wait of byId.get(id) ?? []) longer.push([...path, wait]);
      }
    }
    paths = longer;
  }
  return null;
}

/** A ring in words, for those who are in it. */
export function ringWords(ring: readonly LockWait[]): string {
  const steps = ring.map(({ name, key }, at) => {
    const next = ring[(at + 1) % ring.length]!;
    return `${name} waits for "${key}", which ${next.name} has`;
  });
  return `no lock: you wait for each other in a ring: ${steps.join('; ')}. Nobody in it goes on like this: release a lock that you hold, or go on without`;
}
