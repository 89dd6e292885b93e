import type { GatewaySettings } from '../../gateway/gateway.ts';
import { serverEnvironment } from '../server-process.ts';
import type { GatewayPlace } from './gateway-place.ts';

/** What a gateway's process is to do. The keys of providers are in it: it goes through a pipe that nobody else can read, and into no file. */
export type GatewayOrder = Pick<GatewaySettings, 'databaseUrl' | 'accounts' | 'standIn' | 'rateLimits'>;

/** What the process is told when it has started: what to do, and where. */
export type PlacedOrder = GatewayOrder & { place: GatewayPlace };

/** What it answers: that it is up, or why not. */
export type GatewayReport = { isUp: true } | { isUp: false; reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** The way to providers: a company's proxy, and whose certificates are believed. */
const ways = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/** The variables that a gateway gets: no key is among them. */
export function gatewayEnvironment(env: Environment): Record<string, string> {
  const kept = ways.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...serverEnvironment(env), ...Object.fromEntries(kept) };
}
