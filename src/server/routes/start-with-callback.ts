import type { Context } from 'hono';
import { createRuns } from '../../client/create-runs.ts';
import { addCallback, callbackSecret } from '../../client/hooks/webhooks.ts';
import type { Run } from '../../client/run.ts';
import type { StartOptions } from '../../client/start-options.ts';
import { GafferError } from '../../domain/errors.ts';
import type { ServerEnv } from '../env.ts';

/**
 * Starts a run whose end is told to an address, if one is given: that is written down before the run can end.
 *
 * @returns `secret`: the one that was made for it, the same for whoever repeats the request
 */
export async function startWithCallback(
  c: Context<ServerEnv>,
  options: StartOptions,
  callback: { url: string; secret?: string | undefined } | undefined,
): Promise<{ run: Run; secret?: string }> {
  if (!callback) return { run: await c.get('runs').start(options) };
  const { url, secret: given } = callback;
  const secrets = given === undefined ? undefined : [callbackSecret(given)];
  const { deps } = await c.get('hooks').of(c.get('principal').tenant, c.get('once'));
  const add = (runId: string) => addCallback(deps, runId, { url, secrets });
  let told: Awaited<ReturnType<typeof add>> | undefined;
  const beforeStart = async (runId: string): Promise<void> => {
    told = await add(runId);
  };
  try {
    const run = await createRuns({ ...c.get('session'), beforeStart }).start(options);
    // An earlier attempt of this request started it.
    told ??= await add(run.id);
    await told.started();
    return { run, ...(given === undefined && { secret: told.secret }) };
  } catch (error) {
    // Any other may have been taken after all.
    if (error instanceof GafferError && error.kind !== 'unreachable') await told?.undo();
    throw error;
  }
}
