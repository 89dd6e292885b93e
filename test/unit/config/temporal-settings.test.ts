import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/environment.ts';
import { loadTemporalSettings } from '../../../src/config/temporal-settings.ts';

const cwd = mkdtempSync(join(tmpdir(), 'gaffer-tls-'));
afterAll(() => rmSync(cwd, { recursive: true }));
const junk = join(cwd, 'junk.pem');
writeFileSync(junk, 'no certificate');
const [mine, other] = ['mine', 'other'].map(certified) as [Pair, Pair];

interface Pair {
  crt: string;
  key: string;
}

function certified(name: string): Pair {
  const [crt, key] = [join(cwd, `${name}.crt`), join(cwd, `${name}.key`)];
  const to = ['-keyout', key, '-out', crt, '-subj', `/CN=${name}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', ...to], { stdio: 'ignore' });
  return { crt, key };
}

function load(variables: Record<string, string>) {
  return loadTemporalSettings({ HOME: cwd, ...variables });
}

describe('loadTemporalSettings', () => {
  it('reads the standard variables, and nothing of this process', async () => {
    const variables = { TEMPORAL_ADDRESS: 'cloud:7233', TEMPORAL_NAMESPACE: 'team', TEMPORAL_API_KEY: 'secret' };
    const target = { address: 'cloud:7233', namespace: 'team', apiKey: 'secret', tls: true };
    expect(await load(variables)).toEqual(target);
  });

  it('takes what is empty for not set, as containers pass it on', async () => {
    const variables = { TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: ' ', TEMPORAL_API_KEY: '', TEMPORAL_TLS: '' };
    expect(await load(variables)).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
  });

  it('has headers in every call, each `_` of a name as `-`', async () => {
    const { metadata } = await load({
      TEMPORAL_GRPC_META_X_CREW_KEY: 'k1',
      TEMPORAL_GRPC_META_AUTHORIZATION: 'Basic x',
    });
    expect(metadata).toEqual({ 'x-crew-key': 'k1', authorization: 'Basic x' });
  });

  it('uses a certificate with its key', async () => {
    const pair = { TEMPORAL_TLS_CLIENT_CERT_PATH: mine.crt, TEMPORAL_TLS_CLIENT_KEY_PATH: mine.key };
    expect(await load(pair)).toMatchObject({ tls: { clientCertPair: {} } });
  });

  it.each([
    ['http://temporal.test:7233', 'TEMPORAL_ADDRESS', 'no URL (http://…): temporal.test:7233'],
    ['https://temporal.test', 'TEMPORAL_ADDRESS', 'temporal.test:7233 with TEMPORAL_TLS=true'],
    ['grpc://temporal.test:1', 'TEMPORAL_ADDRESS', 'no URL (grpc://…): temporal.test:1'],
    ['localhost:99999', 'TEMPORAL_ADDRESS', 'has the port 99999; ports go from 1 to 65535'],
    ['localhost:0', 'TEMPORAL_ADDRESS', 'has the port 0'],
    ['temporal test', 'TEMPORAL_ADDRESS', 'must be HOST:PORT'],
    ['temporal.test:7233/x', 'TEMPORAL_ADDRESS', 'must be HOST:PORT'],
  ])('refuses the address %s', async (TEMPORAL_ADDRESS, ...words) => {
    for (const word of words) await expect(load({ TEMPORAL_ADDRESS })).rejects.toThrow(word);
  });

  it.each(['true', 'True', 'YES', ' on', '1', 'enabled'])('takes %j for TLS', async (word) => {
    expect(await load({ TEMPORAL_TLS: word })).toEqual(await load({ TEMPORAL_TLS: 'true' }));
    expect((await load({ TEMPORAL_TLS: word })).tls).toBeDefined();
  });

  it.each(['false', 'No', 'off ', '0'])('takes %j for no TLS', async (word) => {
    expect((await load({ TEMPORAL_TLS: word })).tls ?? false).toBe(false);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a switch that is neither on nor off', { TEMPORAL_TLS: 'maybe' }, 'TEMPORAL_TLS: must be true or false'],
    ['a profile that is not there', { TEMPORAL_PROFILE: 'prod' }, 'TEMPORAL_PROFILE'],
    ['a file that is no TOML', { TEMPORAL_CONFIG_FILE: junk }, 'TEMPORAL_CONFIG_FILE'],
    [
      'a certificate that is not there',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: join(cwd, 'absent'), TEMPORAL_TLS_CLIENT_KEY_PATH: mine.key },
      'TEMPORAL_TLS_CLIENT_CERT_PATH',
    ],
    ['a certificate alone', { TEMPORAL_TLS_CLIENT_CERT_PATH: mine.crt }, 'needs TEMPORAL_TLS_CLIENT_KEY_PATH'],
    ['a key alone', { TEMPORAL_TLS_CLIENT_KEY_DATA: 'x' }, 'needs TEMPORAL_TLS_CLIENT_CERT_PATH'],
    [
      'a certificate that is none',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: junk, TEMPORAL_TLS_CLIENT_KEY_PATH: mine.key },
      'TEMPORAL_TLS_CLIENT_CERT_PATH: holds no certificate',
    ],
    [
      'a key that is none',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: mine.crt, TEMPORAL_TLS_CLIENT_KEY_PATH: junk },
      'TEMPORAL_TLS_CLIENT_KEY_PATH: holds no private key',
    ],
    [
      "another certificate's key",
      { TEMPORAL_TLS_CLIENT_CERT_PATH: mine.crt, TEMPORAL_TLS_CLIENT_KEY_PATH: other.key },
      'is not the key of the certificate of TEMPORAL_TLS_CLIENT_CERT_PATH (CN=mine)',
    ],
    ['an authority that is none', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: junk }, 'TEMPORAL_TLS_SERVER_CA_CERT_PATH'],
    ['a header of two lines', { TEMPORAL_GRPC_META_X_KEY: 'hidden\nword' }, 'TEMPORAL_GRPC_META_X_KEY'],
    ['a header of bytes', { TEMPORAL_GRPC_META_X_BIN: 'hidden' }, 'TEMPORAL_GRPC_META_X_BIN'],
  ])('refuses %s by name', async (_, variables, words) => {
    await expect(load(variables)).rejects.toThrow(ConfigError);
    await expect(load(variables)).rejects.toThrow(words);
    await expect(load(variables)).rejects.not.toThrow('hidden');
  });
});
