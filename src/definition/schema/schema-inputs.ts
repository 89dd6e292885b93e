import { z } from 'zod';
import { textSchema } from './schema-parts.ts';

/** Kinds of input that hold one value. */
const plainTypes = ['string', 'number', 'integer', 'boolean'] as const;

/** Kinds of input. */
const inputTypes = [...plainTypes, 'array', 'object'] as const;

/** What a value of an input can be. */
export type InputType = (typeof inputTypes)[number];

const size = z.int().min(0).max(65_536);

/** What a value must keep to, whatever holds it. */
const plainBounds = {
  enum: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .max(100)
    .optional()
    .describe('The only values that it may have.'),
  minimum: z.number().optional().describe('The least number.'),
  maximum: z.number().optional().describe('The greatest number.'),
  min_length: size.optional().describe('Characters of a text, at least.'),
  max_length: size.optional().describe('Characters of a text, at most.'),
};

export const partSchema = z
  .strictObject({
    type: z.enum(plainTypes).optional().describe('Default: string.'),
    description: z.string().optional().describe('For people.'),
    ...plainBounds,
  })
  .describe('A value inside of a list or a group.');

export const inputSchema = z
  .strictObject({
    type: z.enum(inputTypes).optional().describe('Default: string.'),
    description: z.string().optional().describe('For people: what to give.'),
    default: z.json().optional().describe('Taken when the input is not given.'),
    required: z.boolean().optional().describe('Default: true, unless there is a default.'),
    ...plainBounds,
    items: partSchema.optional().describe('What each entry of an array must be.'),
    min_items: size.optional().describe('Entries of an array, at least.'),
    max_items: size.optional().describe('Entries of an array, at most.'),
    properties: z
      .record(textSchema.max(200), partSchema)
      .optional()
      .describe('What values of an object must be, by key; it may have other keys, and none of these has to be there.'),
  })
  .describe('A value that is given with --input NAME=VALUE and used as ${{ inputs.NAME }}.');

/** A word that things are filed under. */
const filingWord = z
  .string()
  .max(50)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'small letters, digits and "-" only');

/** How much there is to a template. */
export const complexities = ['simple', 'moderate', 'complex'] as const;

export const templateSchema = z
  .strictObject({
    category: filingWord.describe('What it is filed under: development, security, testing, …'),
    tags: z.array(filingWord).max(20).optional().describe('What else it is found by.'),
    complexity: z.enum(complexities).describe('How much there is to it.'),
    estimated_duration: z
      .int()
      .min(1)
      .max(30 * 24 * 3600)
      .describe('About how long a run takes, in seconds.'),
  })
  .describe('Makes the file a template, which is found by its name: `gaffer templates`.');

/** The declaration of one input. */
export type InputFile = z.output<typeof inputSchema>;
/** The declaration of a value inside of an input. */
export type InputPart = z.output<typeof partSchema>;
/** What makes a file a template. */
export type TemplateFile = z.output<typeof templateSchema>;
