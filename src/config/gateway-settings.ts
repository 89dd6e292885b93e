import { isAbsolute } from 'node:path';
import { ConfigError, type Environment } from './environment.ts';

/**
 * Whom models are asked through: `own`, a gateway that is started with the worker; `off`, nobody; or where one is that somebody else
 * started: `http(s)://HOST:PORT` or `unix:/PATH`.
 */
export type GatewayChoice = 'own' | 'off' | { url: string };

const variable = 'GAFFER_GATEWAY';

/**
 * What the environment says of the gateway, else the project file; null: neither says anything.
 *
 * @throws ConfigError
 */
export function readGateway(environment: Environment, project: { gateway: string | null }): GatewayChoice | null {
  const said = environment[variable]?.trim() || project.gateway;
  return said === null ? null : toGatewayChoice(said, variable);
}

/** @throws ConfigError naming what said it */
function toGatewayChoice(text: string, name: string): GatewayChoice {
  if (text === 'on') return 'own';
  if (text === 'off') return 'off';
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url && /^https?:$/.test(url.protocol) && isPlain) return { url: url.origin };
  if (text.startsWith('unix:') && isAbsolute(text.slice('unix:'.length))) return { url: text };
  throw new ConfigError(name, 'must be on, off, or where a gateway is: http://HOST:PORT or unix:/PATH');
}
