import { z } from 'zod';
import { formatLimit } from '../../domain/format.ts';
import { toMilliseconds } from '../../domain/duration.ts';
import { stateBounds } from '../../domain/state/state-bounds.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import type { Sql } from '../../store/database/sql.ts';
import { openBook } from '../../store/state/state-book.ts';
import { findValue, stateWakeKey } from '../../store/state/state-values.ts';
import { waitedMs } from '../../store/wakes/waits.ts';
import { createInputFormat, inputProblem, toLine } from '../tool-input.ts';
import type { QuickTool, ToolCall, ToolOutput } from '../tool.ts';
import { answer, durationInput, keyInput, orRefused, toActor } from './state-input.ts';

const { waitMs, longestWaitMs } = stateBounds;

const description = `Waits until another agent of this run has written a key of what they share, and answers what stands there then, as state_get does.
key; after: the version that you know (default 0: waits for the first): you wait for a newer one, and get it at once if it is there. deadline: how long at most, as 30s or 2h (default: 10m).`;

const format = createInputFormat(
  z.strictObject({
    key: keyInput,
    after: z.int().min(0).optional(),
    deadline: durationInput(longestWaitMs).optional(),
  }),
);

/** The tool that waits for a change of the shared state. */
export function createStateWaitTool(): QuickTool {
  return {
    ...builtInTools.stateWait,
    kind: 'quick',
    mayWait: true,
    definition: { name: 'state_wait', description, input_schema: format.jsonSchema },
    problemOf: (input) => inputProblem(format, input),
    effectOf: () => 'pure',
    describe: ({ key, after }) => toLine('state_wait', key, typeof after === 'number' ? `after version ${after}` : ''),
    async run(input, call, sql) {
      const parsed = format.parse(input);
      if (!parsed.ok) return { content: parsed.message, isError: true };
      const { key, after = 0, deadline } = parsed.value;
      return orRefused(() =>
        look(sql, call, { key, after, waitMs: (deadline === undefined ? null : toMilliseconds(deadline)) ?? waitMs }),
      );
    },
  };
}

async function look(
  sql: Sql,
  call: ToolCall,
  wish: { key: string; after: number; waitMs: number },
): Promise<ToolOutput> {
  const { key, after } = wish;
  // Whoever writes it waits for this look, or this look for them.
  const { no } = await openBook(sql, toActor(call));
  const { version = 0, value = null, by = '' } = (await findValue(sql, no, key)) ?? {};
  if (version > after) return answer({ key, version, value, by });
  const leftMs = wish.waitMs - (await waitedMs(sql, no, call.callKey));
  if (leftMs <= 0) {
    const content = `nobody has written "${key}" in ${formatLimit(wish.waitMs)}: it still has version ${version}`;
    return { content, isError: true };
  }
  const what = `a change of "${key}" after version ${after}`;
  return { content: '', waits: { key: stateWakeKey(key), until: new Date(Date.now() + leftMs).toISOString(), what } };
}
