import { loadTrigger, type TriggerContext, type TriggerSource } from '../../definition/triggers/load-trigger.ts';
import { defaultTenant, inTenant } from '../../domain/ids/tenant.ts';
import { GafferError } from '../../domain/errors.ts';
import type { SecretBox } from '../../host/payloads/sealed-secret.ts';
import type { Trigger } from '../../store/service/triggers.ts';
import type { Store } from '../../store/store.ts';
import type { Once } from '../connection/once.ts';
import { checkSecret, newestOf, newStandardSecret, newTextSecret, rotated } from './secrets.ts';
import { HookNotFoundError } from './webhooks.ts';

/**
 * There is a trigger of that name.
 *
 * @internal
 */
export class TriggerExistsError extends GafferError {
  override readonly name = 'TriggerExistsError';
  readonly kind = 'conflict';
}

/** What starts runs when something outside happens; its secret is told at its creation alone. `path`: what is posted to. */
export type TriggerEntry = Omit<Trigger, 'secrets'> & { path: string };

/** With the secret that deliveries are signed with: shown once; null: it keeps those that it has. */
type TriggerSecret = TriggerEntry & { secret: string | null };

/** What a trigger is made of. */
interface TriggerOptions {
  source: TriggerSource;
  /** What deliveries are signed with; left out: a new one. */
  secret?: string | undefined;
  /** Whether one of that name gets the new definition. */
  replaces?: boolean | undefined;
}

/** What triggers are kept and checked with. */
export interface TriggerDeps extends TriggerContext {
  store: Pick<Store, 'triggers' | 'transaction'>;
  box: SecretBox;
  /** Whose they are; null: whoever sees all, and makes those of `default`. */
  tenant: string | null;
  /** The request that makes or changes them, if it may be repeated: its repetition is told of what the first attempt did. */
  once?: Once;
}

/** Triggers of a tenant. */
export interface Triggers {
  /** @throws DefinitionError with everything that is wrong; TriggerExistsError */
  add(options: TriggerOptions): Promise<TriggerSecret>;
  list(): Promise<TriggerEntry[]>;
  /** @throws HookNotFoundError, as all that follow */
  show(name: string): Promise<TriggerEntry>;
  remove(name: string): Promise<void>;
  /** A new secret, or the one that is given; the one before it holds beside it for a day. */
  rotate(name: string, secret?: string): Promise<TriggerSecret>;
  /** Starts nothing while it is off. */
  setActive(name: string, isActive: boolean): Promise<TriggerEntry>;
}

/** Triggers of a tenant. */
export function createTriggers(deps: TriggerDeps): Triggers {
  const { store, tenant } = deps;
  const { triggers } = store;
  const own = tenant ?? defaultTenant;
  const find = async (name: string): Promise<Trigger> => {
    const found = await triggers.find(own, name);
    if (!found)
      throw new HookNotFoundError(`there is no trigger "${name}": \`gaffer triggers list\` shows those there are.`);
    return found;
  };
  return {
    ...signed(deps, find),
    list: async () => (await triggers.list(tenant)).map(toEntry),
    show: async (name) => toEntry(await find(name)),
    async remove(name) {
      await find(name);
      await triggers.remove(own, name);
    },
    async setActive(name, isActive) {
      await find(name);
      await triggers.setState(own, name, isActive ? 'active' : 'paused');
      return toEntry(await find(name));
    },
  };
}

function signed(
  { store, box, tenant, once, ...context }: TriggerDeps,
  find: (name: string) => Promise<Trigger>,
): Pick<Triggers, 'add' | 'rotate'> {
  const { triggers } = store;
  const own = tenant ?? defaultTenant;
  const tell = async (name: string, hasNew: boolean): Promise<TriggerSecret> => {
    const found = await find(name);
    return { ...toEntry(found), secret: hasNew ? newestOf(box, found.secrets, triggerOwner(own, name)) : null };
  };
  return {
    async add({ source: written, secret: given, replaces = false }) {
      const { name, scheme, mapping } = loadTrigger(written, context);
      const before = once?.before?.['hasNewSecret'];
      if (typeof before === 'boolean') return tell(name, before);
      const source = 'text' in written ? written.text : JSON.stringify(written.value);
      const hasNew = !replaces || (await triggers.find(own, name)) === undefined;
      const secrets = [{ sealed: box.seal(secretFor(scheme.kind, given), triggerOwner(own, name)), until: null }];
      await store.transaction(async (sql) => {
        if (!(await triggers.add({ tenant: own, name, scheme, secrets, mapping, source }, replaces, sql)))
          throw new TriggerExistsError(`there is a trigger "${name}" already: remove it, or replace it.`);
        await once?.note({ hasNewSecret: hasNew }, sql);
      });
      return tell(name, hasNew);
    },
    async rotate(name, given) {
      const found = await find(name);
      if (once?.before?.['rotated'] === true) return tell(name, true);
      const sealed = box.seal(secretFor(found.scheme.kind, given), triggerOwner(own, name));
      await store.transaction(async (sql) => {
        await triggers.setSecrets(found, rotated(found.secrets, sealed, Date.now()), sql);
        await once?.note({ rotated: true }, sql);
      });
      return tell(name, true);
    },
  };
}

/** Whose the secrets of a trigger are. */
export function triggerOwner(tenant: string, name: string): string {
  return `trigger ${tenant}/${name}`;
}

function secretFor(kind: Trigger['scheme']['kind'], given: string | undefined): string {
  const isStandard = kind === 'standard';
  if (given !== undefined) return checkSecret(given, isStandard);
  return isStandard ? newStandardSecret() : newTextSecret();
}

function toEntry(trigger: Trigger): TriggerEntry {
  const { secrets: _, ...entry } = trigger;
  const { tenant, name } = entry;
  return { ...entry, path: `/hooks/${inTenant(tenant, name)}` };
}
