import { createKey, listKeys, revokeKey, type KeyView, type KeyWishes } from '../../client/access/keys.ts';
import { ageExample, parseAge } from '../../config/age.ts';
import { isScope, scopes, type Scope } from '../../domain/access/scope.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDate } from '../../domain/format.ts';
import { isTenant } from '../../domain/ids/tenant.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { reading, withSession } from '../base/with-session.ts';
import { whoIs } from '../options/who.ts';
import { table, type Column } from '../show/table.ts';

interface CreateOptions {
  scope?: string[];
  tenant?: string;
  role?: string[];
  expires?: string;
  name?: string;
  json?: boolean;
}

/** `gaffer keys create --scope run`: makes a key, and prints it this once. */
export const create = {
  execute(context: CommandContext, _args: string[], options: CreateOptions): Promise<number> {
    const wishes = toWishes(context, options);
    return withSession(context, { whenAbsent: 'database' }, async ({ store }) => {
      const { key, kept } = await createKey(store.keys, wishes);
      await store.audit.add({ ...byTerminal(context), tenant: kept.tenant, action: `keys create ${kept.id}` });
      const { terminal } = context;
      if (!options.json)
        terminal.err('This is the only time that it is shown. Send it as `Authorization: Bearer KEY`.\n');
      terminal.out(options.json ? toJson({ key, ...kept }) : `${key}\n`);
      return exitCodes.succeeded;
    });
  },
};

/** `gaffer keys list`. */
export const list = {
  execute: (context: CommandContext, _args: string[], { tenant, json }: CreateOptions): Promise<number> =>
    reading(
      context,
      async ({ store }) => {
        const keys = await listKeys(store.keys, tenant);
        const own = keys.filter(({ isPage }) => !isPage);
        const { terminal } = context;
        if (json) terminal.out(toJson(keys));
        else if (own.length === 0) terminal.err('No keys: `gaffer keys create --scope run` makes one.\n');
        else {
          const sizes = { columns: terminal.outColumns(), paintTitle: terminal.outColors.dim };
          terminal.out(`${table(columns, own.map(toCells), sizes).join('\n')}\n`);
        }
        const pages = keys.length - own.length;
        if (!json && pages > 0)
          terminal.err(
            `Beside them, ${pages === 1 ? 'one page' : `${pages} pages`} of the dashboard: --json lists them.\n`,
          );
      },
      () => (json ? context.terminal.out(toJson([])) : context.terminal.err('No keys: nothing ever ran here.\n')),
    ),
};

/** `gaffer keys revoke ID`. */
export const revoke = {
  execute: (context: CommandContext, [id]: string[], { json }: CreateOptions): Promise<number> =>
    withSession(context, { whenAbsent: 'database', needsHome: true }, async ({ store }) => {
      const key = await revokeKey(store.keys, id!);
      // A whole key that somebody pasted is not said again.
      if (!key) throw new UsageError('there is no such key: `gaffer keys list` shows the ids of those there are.');
      await store.audit.add({ ...byTerminal(context), tenant: key.tenant, action: `keys revoke ${key.id}` });
      context.terminal.out(json ? toJson(key) : `${key.id} (${safeLine(key.name)}) opens nothing any more\n`);
      return exitCodes.succeeded;
    }),
};

const columns: readonly Column[] = [
  { title: 'Id', isId: true },
  { title: 'Name', flexible: 12 },
  { title: 'Tenant', drop: 3 },
  { title: 'Scopes' },
  { title: 'Roles', drop: 2 },
  { title: 'Ends' },
  { title: 'Used', drop: 1 },
];

function toCells(key: KeyView): string[] {
  const used = key.lastUsedAt === null ? 'never' : formatDate(key.lastUsedAt);
  return [key.id, key.name, key.tenant, key.scopes.join(' '), key.roles.join(' '), endOf(key), used];
}

function endOf({ revokedAt, expiresAt }: KeyView): string {
  if (revokedAt !== null) return `revoked ${formatDate(revokedAt)}`;
  return expiresAt === null ? 'never' : formatDate(expiresAt);
}

function byTerminal(context: CommandContext) {
  return { keyId: null, keyName: whoIs(context, undefined), runId: null, result: 'ok' } as const;
}

function toWishes(context: CommandContext, { scope = [], tenant, role = [], expires, name }: CreateOptions): KeyWishes {
  const asked = scope.flatMap((each) => each.split(','));
  const wrong = asked.find((each) => !isScope(each));
  if (asked.length === 0 || wrong !== undefined) {
    const given = wrong === undefined ? 'is missing' : `"${safeLine(wrong)}" is none`;
    throw new UsageError(`--scope ${given}: ${scopes.join(', ')} (run and approve include read, admin all).`);
  }
  if (tenant !== undefined && !isTenant(tenant)) {
    throw new UsageError(`--tenant "${safeLine(tenant)}": 1 to 40 small letters, digits and hyphens.`);
  }
  const lastsMs = expires === undefined ? undefined : (parseAge(expires) ?? 0);
  if (lastsMs === 0) throw new UsageError(`--expires "${safeLine(expires!)}": give a time such as ${ageExample}.`);
  return { name: name ?? whoIs(context, undefined), tenant, scopes: asked as Scope[], roles: role, lastsMs };
}
