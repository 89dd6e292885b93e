import { z } from 'zod';
import { scopes } from '../../domain/access/scope.ts';
import { count, orNull, texts, time } from './output-parts.ts';

const key = z.object({
  ...{ id: z.string(), prefix: z.string(), name: z.string(), tenant: z.string() },
  isPage: z.boolean(),
  ...{ scopes: z.array(z.enum(scopes)), roles: texts },
  ...{ createdAt: time, expiresAt: orNull(time), revokedAt: orNull(time), lastUsedAt: orNull(time) },
});

const entry = z.object({
  ...{ no: count, at: time, keyId: orNull(z.string()), keyName: z.string(), tenant: z.string(), action: z.string() },
  ...{ runId: orNull(z.string()), result: z.string(), detail: orNull(z.looseObject({})), hash: z.string() },
});

const check = z.object({ brokenAt: orNull(count), rows: count, head: orNull(z.string()) });

/** Keys of the service, its audit, and the link to its page. */
export const accessShapes = {
  gateway: z.object({
    process: z.number().int(),
    socket: z.string().nullable().describe('Path of its Unix socket; null: none.'),
    url: z.string().nullable().describe('Where it listens on a network; null: nowhere.'),
  }),
  'keys create': key.extend({ key: z.string() }),
  'keys list': z.array(key),
  'keys revoke': key,
  audit: z.union([z.array(entry), check]),
  dashboard: z.object({ url: z.string() }),
};
