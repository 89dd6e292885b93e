import type { Webhooks } from '../../client/hooks/webhooks.ts';
import { UsageError } from '../../domain/errors.ts';
import { formatDate, plural } from '../../domain/format.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { CommandContext } from '../base/context.ts';
import { parseCount } from '../options/run-options.ts';
import { withHooks, type HookOptions } from './with-hooks.ts';

type Entry = Awaited<ReturnType<Webhooks['show']>>;

/** `gaffer webhooks add URL`. */
export const add = {
  execute: (context: CommandContext, [url]: string[], options: HookOptions & { event?: string[] }): Promise<number> =>
    withHooks(context, options, {
      work: ({ webhooks }) => webhooks.add({ url: url!, events: options.event }),
      print: (entry) => [...toLines(entry), `Secret, shown here alone: ${entry.secret}`],
    }),
};

/** `gaffer webhooks list`. */
export const list = {
  execute: (context: CommandContext, _args: string[], options: HookOptions & { run?: string }): Promise<number> =>
    withHooks(context, options, {
      work: ({ webhooks }) => webhooks.list(options.run),
      print: (all) =>
        all.length === 0 ? ['No webhooks: `gaffer webhooks add URL` adds one.'] : all.map((each) => toLines(each)[0]!),
    }),
};

/** `gaffer webhooks show ID`. */
export const show = {
  execute: (context: CommandContext, [id]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, { work: ({ webhooks }) => webhooks.show(id!), print: toLines }),
};

/** `gaffer webhooks rm ID`. */
export const remove = {
  execute: (context: CommandContext, [id]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      async work({ webhooks }) {
        await webhooks.remove(id!);
        return { removed: id! };
      },
      print: ({ removed }) => [`${safeLine(removed)} is removed, and what waited for it.`],
    }),
};

/** `gaffer webhooks rotate ID`. */
export const rotate = {
  execute: (context: CommandContext, [id]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      work: ({ webhooks }) => webhooks.rotate(id!),
      print: (entry) => [
        `New secret, shown here alone: ${entry.secret}`,
        'The one before it signs beside it for a day.',
      ],
    }),
};

/** `gaffer webhooks enable ID`. */
export const enable = {
  execute: (context: CommandContext, [id]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, { work: ({ webhooks }) => webhooks.setActive(id!, true), print: toLines }),
};

/** `gaffer webhooks disable ID`. */
export const disable = {
  execute: (context: CommandContext, [id]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, { work: ({ webhooks }) => webhooks.setActive(id!, false), print: toLines }),
};

const states = ['pending', 'delivered', 'dead'] as const;

/** `gaffer webhooks deliveries ID`. */
export const deliveries = {
  execute(
    context: CommandContext,
    [id]: string[],
    options: HookOptions & { state?: string; limit?: string },
  ): Promise<number> {
    const state = states.find((each) => each === options.state);
    if (options.state !== undefined && state === undefined)
      throw new UsageError(`--state "${options.state}" is none: ${states.join(', ')}.`);
    const limit = parseCount(options.limit ?? '50', '--limit');
    return withHooks(context, options, {
      work: ({ webhooks }) => webhooks.deliveries(id!, { state, limit }),
      print: (all) =>
        all.map((each) => {
          const last = each.lastError ?? (each.lastStatus === null ? '' : String(each.lastStatus));
          const next = each.nextAt === null ? '' : `next ${formatDate(each.nextAt)}`;
          const facts = [each.id, each.state, plural(each.attempts, 'attempt'), each.type, each.run, last, next];
          return safeLine(facts.filter((fact) => fact !== '').join(' · '));
        }),
    });
  },
};

/** `gaffer webhooks redeliver ID [DELIVERY]`. */
export const redeliver = {
  execute: (context: CommandContext, [id, delivery]: string[], options: HookOptions): Promise<number> =>
    withHooks(context, options, {
      work: async ({ webhooks }) => ({ webhook: id!, redelivered: await webhooks.redeliver(id!, delivery) }),
      print: ({ redelivered }) => [`Sent again: ${redelivered}.`],
    }),
};

function toLines({ id, url, state, reason, events, pending, dead, tenant }: Entry): string[] {
  const facts = [id, state, tenant, url, `${pending} to be sent`, ...(dead > 0 ? [`${dead} dead`] : [])];
  return [safeLine(facts.join(' · ')), ...(reason === null ? [] : [safeLine(reason)]), `Told of: ${events.join(', ')}`];
}
