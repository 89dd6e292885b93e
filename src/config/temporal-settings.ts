import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import { ConfigError, definedOnly, type Environment } from './environment.ts';

/** How the reader of the SDK gives TLS settings. */
interface TlsSettings {
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

const metaPrefix = 'TEMPORAL_GRPC_META_';
const certificate = 'TEMPORAL_TLS_CLIENT_CERT_PATH';
const key = 'TEMPORAL_TLS_CLIENT_KEY_PATH';
const authority = 'TEMPORAL_TLS_SERVER_CA_CERT_PATH';
const switches = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] as const;

/**
 * The standard Temporal client configuration: `TEMPORAL_*` and the profile file, TLS, API key and headers included. A variable that is
 * empty counts as not set, as files for containers pass on what nobody gave.
 *
 * Loads the SDK's own reader, so only callers that are about to connect should ask.
 *
 * @throws ConfigError naming what cannot be meant: an address that is a URL, a certificate that is none or does not fit its key
 */
export async function loadTemporalSettings(environment: Environment): Promise<TemporalTarget> {
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const variables = definedOnly(environment);
  for (const [name, value] of Object.entries(variables))
    if (name.startsWith('TEMPORAL_') && !name.startsWith(metaPrefix) && value.trim() === '') delete variables[name];
  for (const name of switches) if (variables[name] !== undefined) variables[name] = readSwitch(name, variables[name]);
  const { connectionOptions, namespace } = readOr(
    () => loadClientConnectConfig({ overrideEnvVars: variables }),
    (error) => toConfigError(error, variables),
  );
  const { address, apiKey, tls, metadata } = connectionOptions;
  if (tls) checkTls(tls as TlsSettings, variables);
  const headers = readHeaders((metadata ?? {}) as Record<string, unknown>);
  return {
    address: address === undefined ? '127.0.0.1:7233' : readAddress(address),
    namespace: namespace ?? 'default',
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(tls === undefined || tls === null ? {} : { tls }),
    ...(Object.keys(headers).length > 0 && { metadata: headers }),
  };
}

// The SDK's reader takes `true` and `1`, and every other word for a no without saying so.
function readSwitch(name: string, text: string): string {
  const word = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'y', 'on', 't', 'enabled'].includes(word)) return 'true';
  if (['false', '0', 'no', 'n', 'off', 'f', 'disabled'].includes(word)) return 'false';
  throw new ConfigError(name, 'must be true or false');
}

function readAddress(text: string): string {
  const address = text.trim();
  const [, port] = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::(\d+))?$/i.exec(address) ?? [address, null];
  if (port === undefined || (port !== null && Number(port) > 0 && Number(port) < 65_536)) return address;
  if (port !== null)
    throw new ConfigError('TEMPORAL_ADDRESS', `has the port ${port.slice(0, 12)}; ports go from 1 to 65535`);
  const { protocol, host } = URL.canParse(address) ? new URL(address) : { protocol: '', host: '' };
  if (!address.includes('://') || !host) throw new ConfigError('TEMPORAL_ADDRESS', 'must be HOST:PORT');
  const tls = protocol === 'https:' ? ' with TEMPORAL_TLS=true' : '';
  const word = /:\d+$/.test(host) ? host : `${host}:7233`;
  throw new ConfigError('TEMPORAL_ADDRESS', `must be HOST:PORT, and no URL (${protocol}//…): ${word}${tls}`);
}

/** Headers as gRPC takes them. The SDK's reader changes the first `_` of a name only. */
function readHeaders(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    const header = name.toLowerCase().replaceAll('_', '-');
    const variable = metaPrefix + name.toUpperCase().replaceAll('-', '_');
    if (!/^[a-z0-9.-]{1,200}$/.test(header) || header.endsWith('-bin') || header.startsWith('grpc-'))
      throw new ConfigError(variable, `"${header}" is no name of a header of ours to set`);
    if (typeof value !== 'string' || !/^[\x20-\x7e]{1,8000}$/.test(value))
      throw new ConfigError(variable, 'must be printable ASCII on one line');
    headers[header] = value;
  }
  return headers;
}

/** What the SDK leaves out without a word, or has the server refuse without a reason. */
function checkTls({ serverRootCACertificate, clientCertPair }: TlsSettings, variables: Environment): void {
  const has = (name: string): boolean => [name, name.replace(/PATH$/, 'DATA')].some((one) => variables[one]);
  if (!clientCertPair && has(certificate) !== has(key)) {
    const [there, missing] = has(certificate) ? [certificate, key] : [key, certificate];
    throw new ConfigError(there, `needs ${missing}: a client certificate and its key belong together`);
  }
  if (serverRootCACertificate) readCertificate(serverRootCACertificate, authority);
  if (!clientCertPair) return;
  const own = readCertificate(clientCertPair.crt, certificate);
  const ownKey = readOr(
    () => createPrivateKey(Buffer.from(clientCertPair.key)),
    (cause) => new ConfigError(key, 'holds no private key without a passphrase in PEM', { cause }),
  );
  if (!own.checkPrivateKey(ownKey))
    throw new ConfigError(key, `is not the key of the certificate of ${certificate} (${subjectOf(own)})`);
  if (Date.parse(own.validTo) < Date.now())
    throw new ConfigError(certificate, `the certificate (${subjectOf(own)}) is good until ${own.validTo} only`);
}

function readCertificate(bytes: Uint8Array, variable: string): X509Certificate {
  return readOr(
    () => new X509Certificate(bytes),
    (cause) => new ConfigError(variable, 'holds no certificate in PEM', { cause }),
  );
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ').slice(0, 200);
}

function toConfigError(error: unknown, variables: Environment): ConfigError {
  const reason = error instanceof Error ? error.message : String(error);
  const { path } = (error ?? {}) as NodeJS.ErrnoException;
  const name = [certificate, key, authority].find((one) => path !== undefined && variables[one] === path);
  const variable = name ?? (variables['TEMPORAL_PROFILE'] ? 'TEMPORAL_PROFILE' : 'TEMPORAL_CONFIG_FILE');
  return new ConfigError(variable, `the Temporal client configuration cannot be used: ${reason}`, { cause: error });
}

function readOr<Value>(read: () => Value, orElse: (error: unknown) => Error): Value {
  try {
    return read();
  } catch (error) {
    throw orElse(error);
  }
}
