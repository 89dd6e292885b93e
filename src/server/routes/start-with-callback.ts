import type { Context } from 'hono';
import { addCallback, callbackSecret } from '../../client/hooks/webhooks.ts';
import type { Run } from '../../client/run.ts';
import type { StartOptions } from '../../client/start-options.ts';
import { newRunId } from '../../client/start/run-id.ts';
import { inTenant } from '../../domain/ids/tenant.ts';
import { GafferError } from '../../domain/errors.ts';
import type { ServerEnv } from '../env.ts';

/** Starts a run whose end is told to an address, if one is given: that is written down before the run can end. @returns `secret`: the one that was made for it */
export async function startWithCallback(
  c: Context<ServerEnv>,
  options: StartOptions,
  callback: { url: string; secret?: string | undefined } | undefined,
): Promise<{ run: Run; secret?: string }> {
  if (!callback) return { run: await c.get('runs').start(options) };
  const { tenant } = c.get('principal');
  const id = options.id ?? newRunId(options.file ?? 'run');
  const { url, secret: given } = callback;
  const secrets = given === undefined ? undefined : [callbackSecret(given)];
  const { deps } = await c.get('hooks').of(tenant);
  const { secret, undo } = await addCallback(deps, inTenant(tenant, id), { url, secrets });
  try {
    const run = await c.get('runs').start({ ...options, id });
    return { run, ...(given === undefined && { secret }) };
  } catch (error) {
    // Any other may have been taken after all.
    if (error instanceof GafferError && error.kind !== 'unreachable') await undo();
    throw error;
  }
}
