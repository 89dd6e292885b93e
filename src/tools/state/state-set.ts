import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { preview } from '../../domain/fingerprint.ts';
import { stateBounds } from '../../domain/state/state-bounds.ts';
import { builtInTools } from '../../domain/tool-names.ts';
import { toStorable } from '../../store/database/jsonb.ts';
import { stateWakeKey, writeValue } from '../../store/state/state-values.ts';
import { createInputFormat, inputProblem, toLine } from '../tool-input.ts';
import type { QuickTool } from '../tool.ts';
import { answer, keyInput, orRefused, toActor } from './state-input.ts';

const description = `Writes a value that all agents of this run share, and answers its new version.
key; value: any JSON. version: the one that you have read (0: nobody has written it): it is written only while that is the newest, else you are told what stands there, and decide anew. Give it whenever the new value depends on the old one, as in counting or adding to a list.
token: of a lock (state_lock) under which you write: when that has fallen, nothing is written.`;

const format = createInputFormat(
  z.strictObject({
    key: keyInput,
    value: z.unknown().describe('any JSON value'),
    version: z.int().min(0).optional(),
    token: z.int().min(1).optional(),
  }),
);

/** The tool that writes the shared state. */
export function createStateSetTool(): QuickTool {
  return {
    ...builtInTools.stateSet,
    kind: 'quick',
    definition: { name: 'state_set', description, input_schema: format.jsonSchema },
    problemOf,
    effectOf: (input) => (problemOf(input) === null ? 'idempotent' : 'pure'),
    describe: ({ key, value }) =>
      toLine('state_set', key, value === undefined ? '' : preview(JSON.stringify(value), 80)),
    async run(input, call, sql) {
      const problem = problemOf(input);
      const parsed = format.parse(input);
      if (!parsed.ok || problem !== null) return { content: problem ?? '', isError: true };
      const { key, version, token } = parsed.value;
      const value = toStorable(input['value']!);
      return orRefused(async () => {
        const written = await writeValue(sql, toActor(call), { key, value, version, token });
        const { taskId, actor } = call;
        const detail = preview(JSON.stringify(value), 300);
        return {
          ...answer({ key, version: written }),
          wakes: [stateWakeKey(key)],
          events: [{ type: 'state:set', taskId, stateKey: key, version: written, actor, detail }],
        };
      });
    },
  };
}

function problemOf(input: JsonObject): string | null {
  const problem = inputProblem(format, input);
  if (problem !== null) return problem;
  const bytes = Buffer.byteLength(JSON.stringify(input['value']));
  const { valueBytes } = stateBounds;
  if (bytes <= valueBytes) return null;
  return `not written: the value has ${bytes} bytes as JSON, and at most ${valueBytes} are allowed. Write a file and share its path, or split it over several keys`;
}
