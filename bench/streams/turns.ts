import { randomUUID } from 'node:crypto';
import type { WorkerStore } from '../../src/store/open-store.ts';
import type { StoredMessage } from '../../src/store/run/conversation.ts';
import { openRun, savePlan } from '../../src/store/runs.ts';
import { plan } from '../../test/support/plan/builders.ts';

/** A run whose turns are written as a worker writes them, without a model. */
export interface TurningRun {
  id: string;
  /** Takes a turn. @returns how long the commit of its answer took, in ms */
  turn(): Promise<number>;
}

/** Opens a run. */
export async function openTurningRun(store: WorkerStore, id: string): Promise<TurningRun> {
  const runKey = `${id}/${randomUUID()}`;
  const planHash = await savePlan(store.sql, plan());
  const about = { runKey, runId: id, temporalRunId: randomUUID(), plan: plan(), planHash, board: id, launch: null };
  const no = await openRun(store.sql, about, { nano: 1_000_000_000_000, tokens: null });
  const holder = { host: 'bench', pid: 1, workflowId: id, runId: 'r', activityId: '1' };
  let turns = 0;
  return {
    id,
    async turn() {
      const key = `work~1/${++turns}/0`;
      const token = randomUUID();
      const question = message(key, 'user', null);
      await store.journal.beginModel({
        ...{
          no,
          key,
          holder: { ...holder, token },
          message: question,
          intent: {},
          reserve: { nano: 1000, tokens: 10 },
        },
        events: [
          {
            key: `invoke/${key}`,
            type: 'agent:invoke',
            taskId: 'work',
            agentName: 'worker',
            model: 'm',
            maxTokens: 9,
            turn: turns,
          },
        ],
      });
      const began = performance.now();
      await store.journal.commitModel({
        ...{
          no,
          key,
          token,
          message: message(key, 'assistant', question),
          usage: {},
          cost: 100,
          tokens: 5,
          result: {},
        },
        context: { name: 'work', agent: 'worker' },
        events: [{ key: `answer/${key}`, ...answer, turn: turns }],
      });
      return performance.now() - began;
    },
  };
}

const answer = {
  type: 'agent:answer',
  ...{ taskId: 'work', agentName: 'worker', tokensUsed: 5, costUsd: 0.0001, calls: 0 },
  preview: 'The work goes on as it was planned, and three files are changed. '.repeat(4),
} as const;

function message(callKey: string, role: StoredMessage['role'], before: StoredMessage | null): StoredMessage {
  const id = randomUUID();
  return {
    ...{ id, parent: before?.id ?? null, root: before?.id ?? id, viewFrom: null, depth: before ? 2 : 1, callKey, role },
    content: [{ type: 'text', text: 'Some words of a conversation. '.repeat(20) }],
  };
}
