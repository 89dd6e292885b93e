import type { ToolCall } from '../../../src/tools/tool.ts';

/** Who calls a tool in a test: change what matters. */
export function toolCall(change: Partial<ToolCall> = {}): ToolCall {
  return {
    runKey: 'run-1/first',
    runNo: 1,
    runId: 'run-1',
    taskId: 'work',
    attempt: 1,
    agent: 'coding-worker',
    actor: 'coding_worker_1',
    board: 'board-1',
    workspace: '/nowhere',
    callKey: 'run-1/first/work/1/toolu_1',
    objection: () => null,
    isAgreed: () => Promise.resolve(false),
    addTasks: () => Promise.resolve({ added: [], problems: null }),
    readResult: () => Promise.resolve({ problem: 'no results here' }),
    hold: () => Promise.resolve(),
    post: { send: silent, ask: silent, inbox: silent },
    ...change,
  };
}

const silent = (): Promise<never> => Promise.reject(new Error('this call has no post office'));
