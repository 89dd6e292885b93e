/** Key of a model call within its run: `task~attempt/turn/epoch`. */
export function modelKey(step) {
    return `${step.taskId}~${step.attempt}/${step.turn}/${step.epoch}`;
}
/** Key of a tool run within its run: `task~attempt/turn/tool_use_id/epoch`. */
export function toolKey(step, toolUseId) {
    return `${step.taskId}~${step.attempt}/${step.turn}/${toolUseId}/${step.epoch}`;
}
/** The step behind a {@link modelKey}. */
export function parseModelKey(key) {
    const match = /^(.*)~(\d+)\/(\d+)\/(\d+)$/.exec(key);
    if (!match)
        throw new Error(`not the key of a model call: ${key}`);
    return { taskId: match[1], attempt: Number(match[2]), turn: Number(match[3]), epoch: Number(match[4]) };
}
/** Identity of a run across resets and continue-as-new: workflow id and first execution's run id. */
export function toRunKey(workflowId, firstExecutionRunId) {
    return `${workflowId}:${firstExecutionRunId}`;
}
//# sourceMappingURL=journal-key.js.map