import { createHash, randomBytes } from 'node:crypto';
import { defaultTenant, inTenant } from '../../domain/ids/tenant.ts';
import { GafferError, UsageError } from '../../domain/errors.ts';
import { endEvents, usualEvents, webhookEvents, type WebhookEvent } from '../../domain/hooks/webhook-events.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { SecretBox } from '../../host/payloads/sealed-secret.ts';
import { checkPostAddress } from '../../host/web/guarded-post.ts';
import { WebError, type WaySettings } from '../../host/web/guarded-way.ts';
import type { Delivery, DeliveryFilter, Endpoint, NewEndpoint } from '../../store/service/webhooks.ts';
import type { Store } from '../../store/store.ts';
import type { Once } from '../connection/once.ts';
import { checkSecret, newStandardSecret, newestOf, rotated } from './secrets.ts';

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
  store: Pick<Store, 'webhooks' | 'transaction'>;
  box: SecretBox;
  /** Whose they are; null: whoever sees all, and makes those of `default`. */
  tenant: string | null;
  /** `host:port` pairs that may be sent to although they are not public. */
  allow: readonly string[];
  /** The request that makes or changes them, if it may be repeated: its repetition is told of what the first attempt did. */
  once?: Once;
  /** All addresses of a name; left out: the system's answer. */
  resolve?: WaySettings['resolve'];
}

/** Webhooks of a tenant. */
export interface Webhooks {
  /** @throws UsageError when the address may not be sent to, or there is no such event */
  add(options: WebhookOptions): Promise<WebhookSecret>;
  /** Newest first: all but callbacks, or the callbacks that the start of this run asked for. */
  list(run?: string): Promise<WebhookEntry[]>;
  /** @throws HookNotFoundError, as all that follow */
  show(id: string): Promise<WebhookEntry>;
  remove(id: string): Promise<void>;
  /** A new secret; the one before it signs beside it for a day. */
  rotate(id: string): Promise<WebhookSecret>;
  /** Told nothing while it is off. */
  setActive(id: string, isActive: boolean): Promise<WebhookEntry>;
  deliveries(id: string, filter: DeliveryFilter): Promise<Delivery[]>;
  /** Has one that has ended sent again, or, without an id, all that are dead. @returns how many @throws UsageError when the webhook is off */
  redeliver(id: string, delivery?: string): Promise<number>;
}

/** Webhooks of a tenant. */
export function createWebhooks(deps: HookDeps): Webhooks {
  const { tenant } = deps;
  const { webhooks } = deps.store;
  const find = async (id: string): Promise<Endpoint> => {
    const found = await webhooks.find(tenant, id);
    if (!found)
      throw new HookNotFoundError(`there is no webhook "${id}": \`gaffer webhooks list\` shows those there are.`);
    return found;
  };
  return {
    ...signed(deps, find),
    ...sentAgain(deps, find),
    list: async (run) => (await webhooks.list(tenant, run && inTenant(tenant, run))).map(toEntry),
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
  };
}

function sentAgain({ store, once }: HookDeps, find: (id: string) => Promise<Endpoint>): Pick<Webhooks, 'redeliver'> {
  return {
    async redeliver(id, delivery) {
      const { state } = await find(id);
      if (state === 'gone' || state === 'disabled')
        throw new UsageError(
          `the webhook is ${state}, so nothing is sent to it: turn it on first, \`gaffer webhooks enable ${id}\`.`,
        );
      const before = once?.before?.['redelivered'];
      if (typeof before === 'number') return before;
      const count = await store.transaction(async (sql) => {
        const sent = await store.webhooks.redeliver(id, delivery ?? null, sql);
        if (sent > 0) await once?.note({ redelivered: sent }, sql);
        return sent;
      });
      if (delivery !== undefined && count === 0)
        throw new HookNotFoundError(`the webhook has no delivery "${delivery}" that has ended.`);
      return count;
    },
  };
}

function signed(deps: HookDeps, find: (id: string) => Promise<Endpoint>): Pick<Webhooks, 'add' | 'rotate'> {
  const { store, box, tenant, once } = deps;
  const tell = async (id: string): Promise<WebhookSecret> => {
    const found = await find(id);
    return { ...toEntry(found), secret: newestOf(box, found.secrets, id) };
  };
  return {
    async add({ url, events }) {
      const before = once?.before?.['webhook'];
      if (typeof before === 'string') return tell(before);
      const id = newId();
      const address = await checkAddress(url, deps);
      const secrets = [{ sealed: box.seal(newStandardSecret(), id), until: null }];
      const made = { id, tenant: tenant ?? defaultTenant, url: address, events: checkEvents(events), secrets };
      await store.transaction(async (sql) => {
        await store.webhooks.add(made, sql);
        await once?.note({ webhook: id }, sql);
      });
      return tell(id);
    },
    async rotate(id) {
      const found = await find(id);
      if (once?.before?.['rotated'] === true) return tell(id);
      const secrets = rotated(found.secrets, box.seal(newStandardSecret(), id), Date.now());
      await store.transaction(async (sql) => {
        await store.webhooks.setSecrets(id, secrets, sql);
        await once?.note({ rotated: true }, sql);
      });
      return tell(id);
    },
  };
}

/** Where one run's end is told. */
export interface CallbackOptions {
  url: string;
  /** What it is signed with; left out: a new one. */
  secrets?: readonly string[] | undefined;
}

/** What one run's end is told by, which is about to start. */
interface Callback {
  /** What it is signed with, once {@link Callback.started} is done. */
  secret: string;
  /** To be called once the run is there: what an earlier start of that id left signs nothing from now on. */
  started(): Promise<void>;
  /** Takes it back, as the run does not start. */
  undo(): Promise<void>;
}

/** Has the end of a run told that is about to start, by its whole id. A repeated request goes on with the secret of its first attempt. */
export async function addCallback(
  deps: HookDeps,
  runId: string,
  { url, secrets = [newStandardSecret()] }: CallbackOptions,
): Promise<Callback> {
  const { store, box, tenant, once } = deps;
  const address = await checkAddress(url, deps);
  // One of each run and address, so that whoever comes next knows which it is.
  const id = `cb_${createHash('sha256')
    .update(JSON.stringify([runId, address]))
    .digest('base64url')
    .slice(0, 22)}`;
  const sealed = secrets.map((secret) => box.seal(secret, id));
  const noted = (await once?.note({ callback: sealed }))?.['callback'] ?? sealed;
  const kept = (noted as string[]).map((each) => ({ sealed: each, until: null }));
  const endpoint: NewEndpoint = {
    ...{ id, tenant: tenant ?? defaultTenant, url: address },
    ...{ events: [...endEvents], secrets: kept, runId },
  };
  const isNew = await store.webhooks.add(endpoint);
  return {
    secret: newestOf(box, kept, id),
    started: async () => (isNew ? undefined : store.webhooks.putCallback(endpoint)),
    undo: () => store.webhooks.removeCallback(endpoint),
  };
}

/** A secret that a caller brings for a callback. @throws UsageError */
export function callbackSecret(secret: string): string {
  return checkSecret(secret, secret.startsWith('whsec_'));
}

/** @throws UsageError */
async function checkAddress(url: string, { allow, resolve }: HookDeps): Promise<string> {
  try {
    if (url.length > 2000) throw new WebError('refused', 'an address has at most 2000 characters');
    return (await checkPostAddress(url, { allow, ...(resolve && { resolve }) })).href;
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

function newId(): string {
  return `wh_${randomBytes(16).toString('base64url')}`;
}

function toEntry(endpoint: Endpoint): WebhookEntry {
  const { secrets: _, ...entry } = endpoint;
  return entry;
}
