import { openHooks, type Hooks } from '../../client/hooks/open-hooks.ts';
import { UsageError } from '../../domain/errors.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';

/** What every verb of webhooks and triggers takes. */
export interface HookOptions {
  json?: boolean;
  /** Whose; default: `default`, and lists are of all. */
  tenant?: string;
}

/** Does something with webhooks or triggers, and prints what came of it: as JSON, or as lines. The database alone is needed. */
export function withHooks<Result>(
  context: CommandContext,
  { json, tenant }: HookOptions,
  { work, print }: { work: (hooks: Hooks) => Promise<Result>; print: (result: Result) => string[] },
): Promise<number> {
  return withSession(context, { whenAbsent: 'database' }, async (session) => {
    const hooks = await openHooks(session, {
      tenant: tenant ?? null,
      allow: context.config.webhookAllow,
      within: null,
    });
    const result = await work(hooks);
    context.terminal.out(json ? toJson(result) : `${print(result).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

/** The secret in a variable of the environment: on a command line others could read it. @throws UsageError when it is not set */
export function secretIn({ config }: CommandContext, variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const secret = config.environment[variable];
  if (secret) return secret;
  throw new UsageError(`--secret-env ${variable}: this variable is not set.`);
}
