import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GafferHome } from '../../../src/config/home.ts';
import { stopGateways } from '../../../src/dev/gateway/stop-gateways.ts';
import type * as uses from '../../../src/dev/gateway/use-gateway.ts';
import { tempFolder } from '../base/temp-folder.ts';

// As it is delivered: TypeScript would be read anew for each process.
const built = new URL('../../../dist/dev/gateway/use-gateway.js', import.meta.url).href;

/** A home for gateways of the running test's own; none of them outlives it. */
export function gatewayHome(): GafferHome {
  const before = process.env['XDG_STATE_HOME'];
  const folder = tempFolder();
  process.env['XDG_STATE_HOME'] = folder;
  const home = { path: join(folder, '.gaffer') };
  mkdirSync(join(home.path, 'logs'), { recursive: true });
  onTestFinished(async () => {
    await stopGateways(home);
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
  });
  return home;
}

/** A gateway of that home for an account, as a worker uses it. It is left when the test ends. */
export async function useTestGateway(
  home: GafferHome,
  { databaseUrl, apiKey, url }: { databaseUrl: string; apiKey: string; url: string },
  said: string[] = [],
): Promise<uses.GatewayUse> {
  const { useGateway } = (await import(built)) as typeof uses;
  const use = await useGateway({
    ...{ home, env: process.env, say: (line) => said.push(line) },
    order: { databaseUrl, accounts: { anthropic: { apiKey, baseURL: url } } },
  });
  onTestFinished(() => use.leave());
  return use;
}
