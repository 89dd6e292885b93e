import { z } from 'zod';
import { createInputFormat, storableText } from '../tool-input.ts';

const maxNumber = 2_147_483_647;

// 3, "3" and "#3" all mean the same issue.
const number = z
  .union([z.int(), z.string().regex(/^\s*#?\d{1,10}\s*$/)], { error: 'expected the number of an issue, as #3' })
  .transform((value) => (typeof value === 'number' ? value : Number(value.replace('#', '').trim())))
  .refine((value) => value >= 1 && value <= maxNumber, { error: 'expected the number of an issue, as #3' });

const words = { urgent: 0, critical: 0, high: 1, normal: 2, medium: 2, low: 3 } as const;

const priority = z
  .union(
    [
      z.int().refine((value) => value >= 0 && value <= 4, { error: 'expected 0 (most urgent) to 4' }),
      z.enum(['urgent', 'critical', 'high', 'normal', 'medium', 'low']),
      z.string().regex(/^[0-4]$/),
    ],
    {
      error: 'expected 0 (most urgent) to 4, or urgent, high, normal, low',
    },
  )
  .transform((value) =>
    typeof value === 'string' && value in words ? words[value as keyof typeof words] : Number(value),
  );

const schema = z.strictObject({
  action: z.enum(['create', 'list', 'show', 'update', 'claim', 'block', 'unblock', 'comment', 'close']),
  id: number.optional().describe('the issue, as #3'),
  title: storableText(200)
    .refine((text) => text.trim() !== '', { error: 'expected some text' })
    .optional(),
  description: storableText(8000).optional(),
  priority: priority.optional().describe('0 (urgent), 1 (high), 2 (normal, the default), 3 (low), 4 (some day)'),
  parent: number.optional().describe('create: the issue it is a part of; list: only parts of that one'),
  depends_on: z.array(number).max(50).optional().describe('issues that must be closed before this one can be claimed'),
  labels: z.array(storableText(50)).max(20).optional(),
  status: z.enum(['open', 'claimed', 'blocked', 'closed']).optional().describe('list: only those'),
  assignee: storableText(200).optional().describe('list: only those claimed by that one'),
  ready: z.boolean().optional().describe('list: only those that can be claimed now'),
  limit: z.int().min(1).max(200).optional().describe('list: at most so many (50)'),
  reason: storableText(4000).optional().describe('block: what is missing'),
  answer: storableText(4000).optional().describe('unblock: what was missing'),
  text: storableText(4000).optional().describe('comment: what to say'),
  result: storableText(4000).optional().describe('close: what was done'),
});

/** The issue tool's input. */
export const issueInput = createInputFormat(schema, {
  create: ['title'],
  show: ['id'],
  update: ['id'],
  block: ['id', 'reason'],
  unblock: ['id', 'answer'],
  comment: ['id', 'text'],
  close: ['id', 'result'],
});

/** One request to the issue tool, checked. */
export type IssueInput = z.output<typeof schema>;
