import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlain, createSecureServer } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { orUnreachable } from '../../../../src/client/connection/or-unreachable.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaffer-tls-'));
const pair = certified('temporal.test');
const ca = { serverRootCACertificate: new Uint8Array(pair.cert) };
const servers: Record<string, Server> = {
  plain: createPlain(),
  tls: createSecureServer(pair),
  mtls: createSecureServer({ ...pair, requestCert: true, rejectUnauthorized: true }),
  closed: createServer(),
};
const ports: Record<string, number> = {};

beforeAll(async () => {
  for (const [name, server] of Object.entries(servers)) {
    server.on('sessionError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports[name] = (server.address() as AddressInfo).port;
  }
  servers['closed']!.close();
});
afterAll(() => {
  for (const server of Object.values(servers)) server.close();
  rmSync(folder, { recursive: true });
});

function certified(name: string) {
  const [crt, key] = [join(folder, 'crt.pem'), join(folder, 'key.pem')];
  const to = ['-keyout', key, '-out', crt, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', ...to], { stdio: 'ignore' });
  return { cert: readFileSync(crt), key: readFileSync(key) };
}

describe('a Temporal that is not reached', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each<[string, string, unknown, string]>([
    ['nobody listens', 'closed', undefined, 'nothing listens there (connect ECONNREFUSED'],
    ['it speaks TLS, and nobody asked for it', 'tls', undefined, 'set TEMPORAL_TLS=true'],
    ['it speaks no TLS', 'plain', true, 'set TEMPORAL_TLS=false'],
    ['its authority is not known', 'tls', true, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH names the authority'],
    ['its certificate is for another name', 'tls', { ...ca }, 'set TEMPORAL_TLS_SERVER_NAME'],
    [
      'it wants a certificate of ours',
      'mtls',
      { ...ca, serverNameOverride: 'temporal.test' },
      'check TEMPORAL_TLS_CLIENT_CERT_PATH',
    ],
    ['nothing tells why', 'plain', undefined, 'check TEMPORAL_ADDRESS, or unset it'],
  ])('says so where %s', async (_, server, tls, words) => {
    const target = { address: `127.0.0.1:${ports[server]}`, namespace: 'crew', tls };
    const asked = orUnreachable(target, () => Promise.reject(new Error('Failed to connect before the deadline')));
    const start = `Temporal does not answer at ${target.address}: `;
    await expect(asked).rejects.toMatchObject({ name: 'UnreachableError', kind: 'unreachable' });
    await expect(asked).rejects.toThrow(start);
    await expect(asked).rejects.toThrow(words);
  });

  it('may be a host that is not there', async () => {
    vi.stubEnv('no_grpc_proxy', 'gaffer.invalid');
    const target = { address: 'gaffer.invalid:7233', namespace: 'crew' };
    const asked = orUnreachable(target, () => Promise.reject(new Error('Failed to connect before the deadline')));
    await expect(asked).rejects.toThrow(/there is no such host \(.*\); check TEMPORAL_ADDRESS/);
  });
});
