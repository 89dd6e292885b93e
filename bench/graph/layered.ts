/** A node of the measured graph. */
export interface GraphNode {
  id: string;
  parents: string[];
}

/** How many nodes a layer has: wide enough that at most a few layers are at work at once. */
function widthOf(count: number): number {
  return count <= 100 ? 10 : count <= 1000 ? 50 : 100;
}

/** A layered graph: each node waits for one to three of the layer before. The same one every time. */
export function layeredGraph(count: number): GraphNode[] {
  const width = widthOf(count);
  const random = numbers(count);
  return Array.from({ length: count }, (_, index) => {
    const before = Math.floor(index / width) - 1;
    if (before < 0) return { id: idOf(index), parents: [] };
    const wanted = 1 + (random() % 3);
    const parents = Array.from({ length: wanted }, () => idOf(before * width + (random() % width)));
    return { id: idOf(index), parents: [...new Set(parents)] };
  });
}

/** What a node asks its model for. */
export function nodePrompt(runId: string, id: string): string {
  return `You are node ${id} of ${runId}. Say that you are done.`;
}

function idOf(index: number): string {
  return `n${index}`;
}

// A small linear congruential generator: the graph must not depend on the machine.
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}
