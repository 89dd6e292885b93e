/** Rings of files that import each other, types and `import()` included: of each the shortest. What a ring hides shows when it is open. */
export function circleBreaches(modules) {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const seen = new Set();
  return modules.flatMap(({ path }) => {
    if (seen.has(path)) return [];
    const ring = shortestRing(byPath, path);
    if (ring === null || ring.some((file) => seen.has(file))) return [];
    for (const file of ring) seen.add(file);
    const { line } = byPath.get(path).imports.find(({ to }) => to === ring[1]);
    return [`${path}:${line}: files must not import each other in a circle: ${ring.join(' → ')}`];
  });
}

/** The shortest way from a file back to itself; null: there is none. */
function shortestRing(byPath, start) {
  const cameFrom = new Map();
  const queue = [start];
  for (const path of queue) {
    for (const { to } of byPath.get(path)?.imports ?? []) {
      if (to === start) return wayTo(path, cameFrom).concat(start);
      if (to === null || cameFrom.has(to)) continue;
      cameFrom.set(to, path);
      queue.push(to);
    }
  }
  return null;
}

function wayTo(path, cameFrom) {
  const way = [path];
  while (cameFrom.has(way[0])) way.unshift(cameFrom.get(way[0]));
  return way;
}
