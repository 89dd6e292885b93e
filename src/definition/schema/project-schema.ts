import { z } from 'zod';
import { tiersSchema } from './schema-parts.ts';
import { modelsSchema } from './schema.ts';

/** Of a server that speaks one of the wires. */
export const providerSchema = z
  .strictObject({
    base_url: z
      .string()
      .describe('Where it is reached: for responses and chat with /v1, for messages without. No password in it.'),
    wire: z
      .enum(['responses', 'chat', 'messages'])
      .optional()
      .describe('What it speaks. Default: responses, or chat where there is no such path.'),
    key: z
      .string()
      .optional()
      .describe(
        'Variable of its key, NAME_API_KEY; none: it asks for no key. Default: its name in capitals, and _API_KEY.',
      ),
    models: modelsSchema
      .optional()
      .describe('Its models, with what is known of each, by the names that it has for them.'),
  })
  .describe('A server that answers the agents whose model is NAME/MODEL.');

/** The project file, gaffer.yaml. */
export const projectSchema = z.strictObject({
  providers: z.record(z.string(), providerSchema).optional().describe('Servers of models besides the built-in ones.'),
  tiers: tiersSchema.optional(),
  gateway: z
    .string()
    .optional()
    .describe(
      'Whom models are asked through: on, off, or where a gateway is: http://HOST:PORT or unix:/PATH. Default: on; GAFFER_GATEWAY wins.',
    ),
});
