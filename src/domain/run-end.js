import { totalTokens } from './usage.js';
/**
 * How a run ended, from what its tasks did: never `succeeded` over missing work.
 *
 * Nothing succeeded → failed; some of it missing → partial.
 */
export function endOfRun(tasks, stop) {
    if (stop)
        return { status: stop.kind, reason: stop.reason };
    const results = Object.entries(tasks);
    const missing = results.filter(([, task]) => task.status !== 'succeeded');
    if (missing.length === 0)
        return { status: 'succeeded', reason: null };
    const first = missing.find(([, task]) => task.error) ?? missing[0];
    const reason = `${missing.length} of ${results.length} tasks did not succeed; first ${first[0]}: ${first[1].error ?? first[1].status}`;
    return { status: missing.length === results.length ? 'failed' : 'partial', reason };
}
/** Counts and sums of a run. `durationMs` is the run's own, from its start. */
export function summarize(tasks, durationMs) {
    const all = Object.values(tasks);
    const worked = all.filter((task) => task.turns > 0);
    const count = (...statuses) => all.filter((task) => statuses.includes(task.status)).length;
    return {
        totalTasks: all.length,
        successfulTasks: count('succeeded'),
        failedTasks: count('failed', 'cancelled'),
        skippedTasks: count('skipped', 'pending', 'ready'),
        totalTokens: all.reduce((sum, task) => sum + totalTokens(task.usage), 0),
        totalDuration: durationMs,
        costUsd: Number(all.reduce((sum, task) => sum + task.costUsd, 0).toFixed(9)),
        sessions: new Set(worked.map((task) => task.agent)).size,
        contexts: new Set(worked.map((task) => task.context)).size,
    };
}
//# sourceMappingURL=run-end.js.map