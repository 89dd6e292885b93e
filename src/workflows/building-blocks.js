import { Crew } from './crew.js';
export { agentTask } from './agent-task.js';
export { Crew } from './crew.js';
/**
 * Opens a run inside of your own Temporal workflow: the same store, journal, budget and events as `orchestrate`.
 *
 * End it with `crew.close()`. Your workflow file must export `agentTask` from this module as well.
 */
export function openCrew({ name, description = '', agents, limits, workspace }) {
    return Crew.open({ crew: { name, description, agents }, ...(limits && { limits }), ...(workspace && { workspace }) });
}
/** Has an agent do one task, to its end. @returns its state; a failed one does not throw */
export function runTask(crew, task) {
    const id = task.id ?? `task-${crew.tasks.size + 1}`;
    return crew.run({
        id,
        phase: task.phase ?? null,
        agent: task.agent,
        context: task.context ?? id,
        prompt: task.prompt,
        retry: task.retry ?? { maxAttempts: 1, backoffMs: 2000 },
        timeoutMs: task.timeoutMs ?? null,
    });
}
/** Runs pieces of work side by side, at most `limit` at once; results in their order. */
export async function inParallel(work, limit = 10) {
    const results = [];
    let next = 0;
    const lane = async () => {
        while (next < work.length) {
            const index = next++;
            results[index] = await work[index]();
        }
    };
    await Promise.all(Array.from({ length: Math.min(limit, work.length) }, lane));
    return results;
}
//# sourceMappingURL=building-blocks.js.map