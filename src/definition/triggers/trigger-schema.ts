import { z } from 'zod';
import { limitsSchema } from '../schema/schema.ts';
import { conditionSchema, lineSchema, textSchema } from '../schema/schema-parts.ts';

/** What a trigger can be called: it stands in an address, and in the ids of its runs. */
const triggerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'small letters, digits and "-" only, at most 40, the first no "-"');

const header = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'the name of a header has letters, digits and "-" only');

const hmacSchema = z
  .strictObject({
    hmac: header.describe('Header with the HMAC-SHA256 of the body in hex, with "sha256=" before it or without.'),
    delivery: header.optional().describe('Header that says which delivery it is.'),
    event: header.optional().describe('Header that says what happened.'),
  })
  .describe('How another sender signs.');

const word = lineSchema.max(200);

/** A trigger as its file has it. */
export const triggerSchema = z.strictObject({
  name: triggerName.describe('It is posted to /hooks/NAME.'),
  from: z
    .union([z.enum(['standard', 'github', 'gitlab']), hmacSchema])
    .describe('How a delivery proves where it comes from; standard: Standard Webhooks.'),
  workflow: textSchema.max(4096).describe('Name of a template, or path of a workflow file.'),
  event: z
    .union([word, z.array(word).min(1).max(50)])
    .optional()
    .describe('Which events start a run. Default: all.'),
  when: conditionSchema.optional().describe('Over payload and event; what it is not true for starts nothing.'),
  inputs: z
    .record(z.string().max(200), z.json())
    .optional()
    .describe('Inputs of the workflow, with ${{ payload.… }} and ${{ event }} in them.'),
  callback: textSchema
    .max(4096)
    .optional()
    .describe("Address that the run's end is posted to, signed with the secret of the trigger."),
  limits: limitsSchema.optional().describe("Win over the workflow's."),
  workspace: textSchema.max(4096).optional().describe("Folder that its tools work in; wins over the workflow's."),
  board: word.optional().describe("Issue board; default: each run's own."),
});

/** The whole file. */
export type TriggerFile = z.output<typeof triggerSchema>;

/** Keys that may stand at a place of the file. */
export function keysAt(path: readonly (string | number)[]): { live: string[]; planned: string[] } {
  const [first] = path;
  const shape =
    path.length === 0
      ? triggerSchema.shape
      : first === 'from'
        ? hmacSchema.shape
        : first === 'limits'
          ? limitsSchema.shape
          : {};
  return { live: Object.keys(shape), planned: [] };
}
