import { z } from 'zod';
import { webhookEvents } from '../../domain/hooks/webhook-events.ts';
import { byName, count, named, orNull, texts, time } from './output-parts.ts';

/* What `--json` prints, and the API answers, of webhooks and triggers. */

const webhookShape = {
  ...{ id: z.string(), tenant: z.string(), url: z.string(), events: z.array(z.enum(webhookEvents)) },
  ...{ state: z.enum(['active', 'disabled', 'gone', 'done']), reason: orNull(z.string()) },
  ...{ createdAt: time, pending: count, dead: count },
};
const webhook = named('Webhook', webhookShape);
/** With what it is signed with, shown once. */
const webhookSecret = named('WebhookSecret', { ...webhookShape, secret: z.string() });

const webhookDelivery = named('WebhookDelivery', {
  ...{ id: z.string(), run: z.string(), seq: count, type: z.enum(webhookEvents) },
  ...{ state: z.enum(['pending', 'delivered', 'dead']), attempts: count, nextAt: orNull(time) },
  ...{ lastStatus: orNull(count), lastError: orNull(z.string()), createdAt: time, endedAt: orNull(time) },
});

const scheme = z.union([
  z.object({ kind: z.enum(['standard', 'github', 'gitlab']) }),
  z.object({
    ...{ kind: z.literal('hmac'), header: z.string(), delivery: orNull(z.string()), event: orNull(z.string()) },
  }),
]);
const piece = z.union([z.string(), z.object({ expression: z.string() })]);
const mapped = z.union([
  z.object({ value: z.unknown() }),
  z.object({ template: z.array(piece), isWhole: z.boolean() }),
]);
const mapping = named('TriggerMapping', {
  ...{ workflow: z.string(), events: texts, when: orNull(z.string()), inputs: byName(mapped) },
  ...{
    callback: orNull(mapped),
    limits: byName(z.unknown()),
    workspace: orNull(z.string()),
    board: orNull(z.string()),
  },
});
const triggerShape = {
  ...{ tenant: z.string(), name: z.string(), path: z.string(), scheme, mapping, source: z.string() },
  ...{ state: z.enum(['active', 'paused']), createdAt: time },
};
const trigger = named('Trigger', triggerShape);
/** With what deliveries are signed with, shown once; null: it keeps what it has. */
const triggerSecret = named('TriggerSecret', { ...triggerShape, secret: orNull(z.string()) });

/** By verb. */
export const hookShapes = {
  'webhooks add': webhookSecret,
  'webhooks list': z.array(webhook),
  'webhooks show': webhook,
  'webhooks rotate': webhookSecret,
  'webhooks enable': webhook,
  'webhooks disable': webhook,
  'webhooks deliveries': z.array(webhookDelivery),
  'webhooks redeliver': z.object({ webhook: z.string(), redelivered: count }),
  'webhooks rm': z.object({ removed: z.string() }),
  'triggers add': triggerSecret,
  'triggers list': z.array(trigger),
  'triggers show': trigger,
  'triggers rotate': triggerSecret,
  'triggers pause': trigger,
  'triggers resume': trigger,
  'triggers rm': z.object({ removed: z.string() }),
};
