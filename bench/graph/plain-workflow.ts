import { condition, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PlainActivities } from '../plain/activities.ts';
import type { GraphNode } from './layered.ts';
import { layeredGraph, nodePrompt } from './layered.ts';

const { plainModel } = proxyActivities<PlainActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 10 },
});

/** Nodes that have ended, for the next execution. */
interface Carried {
  count: number;
  done: string[];
}

/**
 * What an engineer writes by hand for a graph: one activity a node, 50 at once, and a new execution when Temporal suggests one.
 *
 * It waits for what is in flight before it goes on as new.
 */
export async function plainGraph({ count, done: before }: Carried): Promise<number> {
  const done = new Set(before);
  const graph = layeredGraph(count);
  let waiting = graph.filter(({ id }) => !done.has(id));
  let running = 0;
  let failure: unknown;
  const start = async ({ id }: GraphNode): Promise<void> => {
    running++;
    await plainModel([{ role: 'user', content: nodePrompt(workflowInfo().workflowId, id) }]);
    done.add(id);
    running--;
  };
  while (done.size < count) {
    if (failure) throw failure;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(() => running === 0);
      return continueAsNew<typeof plainGraph>({ count, done: [...done] });
    }
    const ready = waiting.filter(({ parents }) => parents.every((id) => done.has(id))).slice(0, 50 - running);
    const starting = new Set(ready);
    waiting = waiting.filter((node) => !starting.has(node));
    for (const node of ready) void start(node).catch((error: unknown) => (failure = error));
    const seen = done.size;
    await condition(() => done.size > seen || failure !== undefined);
  }
  return done.size;
}
