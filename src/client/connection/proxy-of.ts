import { BlockList, isIPv4 } from 'node:net';
import { isLoopback } from '../../domain/loopback.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that gRPC's client reads, in its order: small letters only. */
const proxyVariables = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const;
const exceptions = ['no_grpc_proxy', 'no_proxy'] as const;

/** The proxy through which a client's connection to that address goes; null: it goes there directly, as those of workers always do. */
export function proxyOf(address: string, variables: Variables): { variable: string; proxy: string } | null {
  const variable = proxyVariables.find((name) => variables[name]);
  const url = variable && URL.canParse(variables[variable]!) ? new URL(variables[variable]!) : null;
  if (variable === undefined || url?.protocol !== 'http:') return null;
  const { hostname } = new URL(`tcp://${address}`);
  if (isLoopback(hostname) || isExcepted(hostname.replace(/^\[(.*)\]$/, '$1'), variables)) return null;
  return { variable, proxy: `${url.hostname}:${url.port || 80}` };
}

function isExcepted(host: string, variables: Variables): boolean {
  const list = exceptions.map((name) => variables[name]).find(Boolean) ?? '';
  return list !== '' && list.split(',').some((one) => host.endsWith(one) || isInSubnet(host, one));
}

function isInSubnet(host: string, subnet: string): boolean {
  const [network = '', prefix = '', ...rest] = subnet.split('/');
  const bits = Number.parseInt(prefix, 10);
  if (!isIPv4(host) || !isIPv4(network) || rest.length > 0 || !(bits >= 0 && bits <= 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits);
  return list.check(host);
}
