import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** TLS as connections of Temporal's SDK get it: whether at all, or with which certificates. */
export type TlsWish = undefined | boolean | TlsCertificates;

interface TlsCertificates {
  serverNameOverride?: string;
  serverRootCACertificate?: Uint8Array;
  clientCertPair?: { crt: Uint8Array; key: Uint8Array };
}

/** What stands between us and a server; `silent`: it takes the connection and says nothing that tells why. */
export interface Obstacle {
  what:
    | 'no-such-host'
    | 'closed'
    | 'wants-tls'
    | 'no-tls'
    | 'untrusted'
    | 'other-name'
    | 'expired'
    | 'wants-certificate'
    | 'silent';
  /** In the words of whoever noticed. */
  reason: string;
}

const patienceMs = 2000;

/**
 * Why a gRPC server that connections do not come to is not reached, which the SDK's client does not tell: knocks once, and once more
 * with TLS where none is wanted. Takes 4 s at most.
 */
export async function whyUnanswered(address: string, tls: TlsWish): Promise<Obstacle> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const place = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 7233) };
  const reached = await outcomeOf(() => connectTcp(place), 'connect');
  if (reached !== null) return obstacleOf(reached);
  if (tls) {
    const refused = await outcomeOf(() => connectTls(withCertificates(place, tls)), 'data');
    return refused === null ? silent : obstacleOf(refused);
  }
  const open = { ...place, ALPNProtocols: ['h2'], rejectUnauthorized: false };
  const spoken = await outcomeOf(() => connectTls(open), 'secureConnect');
  return spoken === null ? { what: 'wants-tls', reason: 'it speaks TLS' } : silent;
}

const silent: Obstacle = { what: 'silent', reason: '' };

function withCertificates(place: { host: string; port: number }, tls: true | TlsCertificates): ConnectionOptions {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls === true ? {} : tls;
  return {
    ...{ ...place, ALPNProtocols: ['h2'] },
    // An address is no name that may be told to a server; its certificate is held against it all the same.
    ...(serverNameOverride !== undefined
      ? { servername: serverNameOverride }
      : isIP(place.host) === 0 && { servername: place.host }),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

/** @returns null when it comes to that event */
function outcomeOf(open: () => ReturnType<typeof connectTcp>, event: string): Promise<NodeJS.ErrnoException | null> {
  return new Promise((resolve) => {
    let socket: ReturnType<typeof connectTcp>;
    try {
      socket = open();
    } catch (error) {
      resolve(error as NodeJS.ErrnoException);
      return;
    }
    const end = (error: NodeJS.ErrnoException | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(error);
    };
    const timer = setTimeout(() => end(new Error('')), patienceMs);
    socket.once(event, () => end(null));
    socket.on('error', end);
    socket.once('close', () => end(new Error('')));
  });
}

const obstacles: readonly (readonly [RegExp, Obstacle['what']])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'no-such-host'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, 'closed'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/, 'no-tls'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'other-name'],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, 'expired'],
  [/SELF_SIGNED|UNABLE_TO_|^CERT_|^INVALID_CA$/, 'untrusted'],
  [/^ERR_SSL_.*ALERT/, 'wants-certificate'],
];

function obstacleOf(error: NodeJS.ErrnoException): Obstacle {
  const { code = '', message } = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  const what = obstacles.find(([pattern]) => pattern.test(code))?.[1];
  return what === undefined ? silent : { what, reason: `${message || code}` };
}
