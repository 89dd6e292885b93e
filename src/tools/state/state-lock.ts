import { z } from 'zod';
import { formatLimit } from '../../domain/format.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import { stateBounds } from '../../domain/state/state-bounds.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { Sql } from '../../store/database/sql.ts';
import type { LockWish } from '../../store/state/lock-queue.ts';
import { releaseLock, takeLock } from '../../store/state/locks.ts';
import { createInputFormat, inputProblem, toLine } from '../tool-input.ts';
import type { QuickTool, ToolCall, ToolOutput } from '../tool.ts';
import { answer, durationInput, keyInput, orRefused, toActor } from './state-input.ts';

const { leaseMs, longestLeaseMs, waitMs, longestWaitMs } = stateBounds;

const description = `Locks a key of what the agents of this run share, so that only you write it until you release it; you wait for your turn if somebody else has it.
Answers a token: give it to state_set, so that nothing is written once the lock has fallen. It falls when you release it, when your attempt ends, and when its lease is over (as 30s or 10m; default: 5m); taking it again while you hold it makes it last longer.
deadline: how long you wait at most (default: 10m); wait: false does not wait. release: true gives the lock back: do so as soon as you can.
Take several locks in the order of their keys: who waits for each other in a ring is told, and gets none.`;

const format = createInputFormat(
  z.strictObject({
    key: keyInput,
    release: z.boolean().optional(),
    wait: z.boolean().optional(),
    lease: durationInput(longestLeaseMs).optional(),
    deadline: durationInput(longestWaitMs).optional(),
  }),
);

/** The tool that takes and releases locks of the shared state. A call that has to wait stands still. */
export function createStateLockTool(): QuickTool {
  return {
    ...builtInTools.stateLock,
    kind: 'quick',
    mayWait: true,
    definition: { name: 'state_lock', description, input_schema: format.jsonSchema },
    problemOf: (input) => inputProblem(format, input),
    effectOf: (input) => (inputProblem(format, input) === null ? 'idempotent' : 'pure'),
    describe: ({ key, release }) => toLine('state_lock', key, release === true ? 'release' : ''),
    async run(input, call, sql) {
      const parsed = format.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { key, release, wait = true, lease, deadline } = parsed.value;
      if (release) return orRefused(() => letGo(sql, call, key));
      const wish = { key, leaseMs: toMs(lease) ?? leaseMs, waitMs: wait ? (toMs(deadline) ?? waitMs) : 0 };
      return orRefused(() => take(sql, call, wish));
    },
  };
}

async function letGo(sql: Sql, call: ToolCall, key: string): Promise<ToolOutput> {
  const wakes = await releaseLock(sql, toActor(call), key);
  return { ...answer({ key, released: true }), wakes };
}

async function take(sql: Sql, call: ToolCall, wish: LockWish): Promise<ToolOutput> {
  const { key } = wish;
  const { wakes, ...taken } = await takeLock(sql, toActor(call), wish);
  if (taken.kind === 'refused') return { content: taken.why, isError: true, wakes };
  if (taken.kind === 'held')
    return { ...answer({ key, token: taken.token, lease: formatLimit(taken.leaseMs) }), wakes };
  const until = new Date(Date.now() + taken.waitMs).toISOString();
  return {
    content: '',
    wakes,
    waits: { key: taken.wake, until, what: `the lock "${key}", which ${taken.holder} has` },
  };
}

function toMs(duration: string | undefined): number | null {
  return duration === undefined ? null : toMilliseconds(duration);
}
