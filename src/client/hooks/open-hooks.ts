import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDefinition } from '../../definition/formats/open-definition.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import type { TriggerContext } from '../../definition/triggers/load-trigger.ts';
import { UsageError } from '../../domain/errors.ts';
import { checkPostUrl } from '../../host/web/guarded-post.ts';
import { WebError } from '../../host/web/guarded-way.ts';
import { isNameable, isReadable, type NameablePlaces } from '../access/nameable.ts';
import type { Session } from '../connection/session.ts';
import { findSource, templateFolders } from '../start/named-template.ts';
import { newOwnId, ownBoard } from '../start/own-id.ts';
import { openSecretBox } from './secrets.ts';
import { createTriggers, type Triggers } from './triggers.ts';
import { createWebhooks, type HookDeps, type Webhooks } from './webhooks.ts';

/** What tells others of runs, and what starts runs when something outside happens. */
export interface Hooks {
  webhooks: Webhooks;
  triggers: Triggers;
  /** What a callback is made with. */
  deps: HookDeps;
}

/** Whose hooks, and how far they reach. */
export interface HookWishes {
  /** Null: whoever sees all, and makes those of `default`. */
  tenant: string | null;
  /** `host:port` pairs that may be sent to although they are not public. */
  allow: readonly string[];
  /** Folders that triggers may name files and workspaces in; null: anywhere. */
  within: readonly string[] | null;
}

/** Hooks of a session. */
export async function openHooks(
  session: Pick<Session, 'cwd' | 'config' | 'store' | 'home' | 'once'>,
  { tenant, allow, within }: HookWishes,
): Promise<Hooks> {
  const { store, once, home } = session;
  const places = within && { folders: within, home };
  const [box, context] = await Promise.all([
    openSecretBox(session),
    triggerContext(session, { tenant, allow }, places),
  ]);
  const shared = { store, box, tenant, ...(once && { once }) };
  const deps = { ...shared, allow };
  const triggers = createTriggers({ ...shared, ...context });
  return { webhooks: createWebhooks(deps), triggers, deps };
}

async function triggerContext(
  { cwd, config }: Pick<Session, 'cwd' | 'config'>,
  { tenant, allow }: Pick<HookWishes, 'tenant' | 'allow'>,
  places: NameablePlaces | null,
): Promise<TriggerContext> {
  const folders = await templateFolders(cwd);
  const how = { templates: folders, bounds: config.definitions.others };
  return {
    objection: (kind, value) =>
      wordsOf(() => (kind === 'board' ? ownBoard(value, newOwnId({ tenant }, 'run')) : checkPostUrl(value, { allow }))),
    resolve: (folder) =>
      places === null || (existsSync(resolve(cwd, folder)) && isNameable(places, resolve(cwd, folder)))
        ? resolve(cwd, folder)
        : null,
    findWorkflow(word) {
      try {
        const { source, isTemplate } = findSource({ kind: 'file', file: word }, cwd, folders);
        if (source.kind !== 'file') return { problem: 'it names no file', hint: null };
        const file = resolve(cwd, source.file);
        if (!isTemplate && places !== null && !isReadable(places, file))
          return { problem: 'it lies outside of the folders of this service', hint: null };
        const inputs = openDefinition({ kind: 'file', file }, how).document.valueAt(['inputs']);
        return { workflow: isTemplate ? word : file, inputs: isJsonObject(inputs) ? inputs : {} };
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        const [first] = error.diagnostics;
        return { problem: first!.message, hint: first!.hint };
      }
    },
  };
}

/** Why it is refused; null: it is not. */
function wordsOf(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof UsageError || error instanceof WebError) return error.message;
    throw error;
  }
}
