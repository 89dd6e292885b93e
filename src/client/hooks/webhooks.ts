import { randomBytes } from 'node:crypto';
import { defaultTenant } from '../../domain/ids/tenant.ts';
import { GafferError, UsageError } from '../../domain/errors.ts';
import { endEvents, usualEvents, webhookEvents, type WebhookEvent } from '../../domain/hooks/webhook-events.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SecretBox } from '../../host/payloads/sealed-secret.ts';
import { checkPostUrl } from '../../host/web/guarded-post.ts';
import { WebError } from '../../host/web/guarded-way.ts';
import type { Delivery, DeliveryFilter, Endpoint, WebhookStore } from '../../store/service/webhooks.ts';
import { checkSecret, newStandardSecret, rotated } from './secrets.ts';

/** There is no such webhook, delivery or trigger. */
export class HookNotFoundError extends GafferError {
  override readonly name = 'HookNotFoundError';
  readonly kind = 'not-found';
}

/** Where somebody is told of what runs do; its secret is told at its creation alone. */
type WebhookEntry = Omit<Endpoint, 'secrets'>;

/** With the secret that its deliveries are signed with: shown once. */
type WebhookSecret = WebhookEntry & { secret: string };

/** What a webhook is made of. */
interface WebhookOptions {
  url: string;
  /** Default: a run's end, approvals, blockers and spent budgets. */
  events?: readonly string[] | undefined;
}

/** What webhooks are kept and checked with. */
export interface HookDeps {
  webhooks: WebhookStore;
  box: SecretBox;
  /** Whose they are; null: whoever sees all, and makes those of `default`. */
  tenant: string | null;
  /** `host:port` pairs that may be sent to although they are not public. */
  allow: readonly string[];
}

/** Webhooks of a tenant. */
export interface Webhooks {
  /** @throws UsageError when the address may not be sent to, or there is no such event */
  add(options: WebhookOptions): Promise<WebhookSecret>;
  list(): Promise<WebhookEntry[]>;
  /** @throws HookNotFoundError, as all that follow */
  show(id: string): Promise<WebhookEntry>;
  remove(id: string): Promise<void>;
  /** A new secret; the one before it signs beside it for a day. */
  rotate(id: string): Promise<WebhookSecret>;
  /** Told nothing while it is off. */
  setActive(id: string, isActive: boolean): Promise<WebhookEntry>;
  deliveries(id: string, filter: DeliveryFilter): Promise<Delivery[]>;
  /** Has one that has ended sent again, or, without an id, all that are dead. @returns how many */
  redeliver(id: string, delivery?: string): Promise<number>;
}

/** Webhooks of a tenant. */
export function createWebhooks(deps: HookDeps): Webhooks {
  const { webhooks, tenant } = deps;
  const find = async (id: string): Promise<Endpoint> => {
    const found = await webhooks.find(tenant, id);
    if (!found)
      throw new HookNotFoundError(`there is no webhook "${id}": \`gaffer webhooks list\` shows those there are.`);
    return found;
  };
  return {
    ...signed(deps, find),
    list: async () => (await webhooks.list(tenant)).map(toEntry),
    show: async (id) => toEntry(await find(id)),
    async remove(id) {
      await find(id);
      await webhooks.remove(tenant, id);
    },
    async setActive(id, isActive) {
      await find(id);
      await webhooks.setState(id, isActive ? 'active' : 'disabled');
      return toEntry(await find(id));
    },
    async deliveries(id, filter) {
      await find(id);
      return webhooks.deliveries(id, filter);
    },
    async redeliver(id, delivery) {
      await find(id);
      const count = await webhooks.redeliver(id, delivery ?? null);
      if (delivery !== undefined && count === 0)
        throw new HookNotFoundError(`the webhook has no delivery "${delivery}" that has ended.`);
      return count;
    },
  };
}

function signed(deps: HookDeps, find: (id: string) => Promise<Endpoint>): Pick<Webhooks, 'add' | 'rotate'> {
  const { webhooks, box, tenant } = deps;
  return {
    async add({ url, events }) {
      const [id, secret] = [newId('wh'), newStandardSecret()];
      const address = checkAddress(url, deps);
      const secrets = [{ sealed: box.seal(secret, id), until: null }];
      await webhooks.add({ id, tenant: tenant ?? defaultTenant, url: address, events: checkEvents(events), secrets });
      return { ...toEntry(await find(id)), secret };
    },
    async rotate(id) {
      const found = await find(id);
      const secret = newStandardSecret();
      await webhooks.setSecrets(id, rotated(found.secrets, box.seal(secret, id), Date.now()));
      return { ...toEntry(found), secret };
    },
  };
}

/** Where one run's end is told. */
export interface CallbackOptions {
  url: string;
  /** What it is signed with; left out: a new one. */
  secrets?: readonly string[] | undefined;
}

/** Has the end of a run told that is about to start, by its whole id. @returns what takes it back when it does not start, and the newest secret */
export async function addCallback(
  deps: HookDeps,
  runId: string,
  { url, secrets = [newStandardSecret()] }: CallbackOptions,
): Promise<{ secret: string; undo: () => Promise<void> }> {
  const { webhooks, box, tenant } = deps;
  const id = newId('cb');
  const address = checkAddress(url, deps);
  const kept = secrets.map((secret) => ({ sealed: box.seal(secret, id), until: null }));
  await webhooks.add({
    id,
    tenant: tenant ?? defaultTenant,
    url: address,
    events: [...endEvents],
    secrets: kept,
    runId,
  });
  return { secret: secrets[0]!, undo: () => webhooks.removeCallback(id) };
}

/** A secret that a caller brings for a callback. @throws UsageError */
export function callbackSecret(secret: string): string {
  return checkSecret(secret, secret.startsWith('whsec_'));
}

/** @throws UsageError */
function checkAddress(url: string, { allow }: HookDeps): string {
  try {
    if (url.length > 2000) throw new WebError('refused', 'an address has at most 2000 characters');
    return checkPostUrl(url, { allow }).href;
  } catch (error) {
    if (!(error instanceof WebError)) throw error;
    throw new UsageError(`url: ${error.message}.`, { cause: error });
  }
}

function checkEvents(given: readonly string[] = usualEvents): WebhookEvent[] {
  const known: readonly string[] = webhookEvents;
  for (const name of given) {
    if (known.includes(name)) continue;
    throw new UsageError(
      `events: there is no event "${name.slice(0, 60)}" (${nearestHint(name, known) ?? known.join(', ')}).`,
    );
  }
  if (given.length === 0) throw new UsageError('events: name one at least, or leave it out.');
  return [...new Set(given as readonly WebhookEvent[])];
}

function newId(kind: 'wh' | 'cb'): string {
  return `${kind}_${randomBytes(16).toString('base64url')}`;
}

function toEntry(endpoint: Endpoint): WebhookEntry {
  const { secrets: _, ...entry } = endpoint;
  return entry;
}
