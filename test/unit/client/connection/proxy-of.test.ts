import { afterEach, describe, expect, it, vi } from 'vitest';
import { orUnreachable } from '../../../../src/client/connection/or-unreachable.ts';
import { proxyOf } from '../../../../src/client/connection/proxy-of.ts';

const proxy = 'http://proxy.test:3128';

describe('the way of a client to Temporal', () => {
  it.each<[string, Record<string, string>, string | null]>([
    ['temporal.test:7233', {}, null],
    ['temporal.test:7233', { https_proxy: proxy }, 'https_proxy'],
    ['temporal.test:7233', { http_proxy: proxy, grpc_proxy: proxy }, 'grpc_proxy'],
    ['temporal.test:7233', { HTTPS_PROXY: proxy }, null],
    ['temporal.test:7233', { https_proxy: 'https://proxy.test' }, null],
    ['temporal.test:7233', { https_proxy: 'proxy' }, null],
    ['temporal.test:7233', { https_proxy: proxy, no_proxy: 'other,.test' }, null],
    ['temporal.test:7233', { https_proxy: proxy, no_proxy: '.test', no_grpc_proxy: 'other' }, 'https_proxy'],
    ['10.1.2.3:7233', { https_proxy: proxy, no_proxy: '10.1.0.0/16' }, null],
    ['10.2.2.3:7233', { https_proxy: proxy, no_proxy: '10.1.0.0/16,x/y/z' }, 'https_proxy'],
    ['127.0.0.1:7233', { https_proxy: proxy }, null],
    ['[::1]:7233', { https_proxy: proxy }, null],
  ])('%s with %j', (address, variables, variable) => {
    expect(proxyOf(address, variables)).toEqual(variable && { variable, proxy: 'proxy.test:3128' });
  });

  afterEach(() => vi.unstubAllEnvs());

  it('is told where nobody answers, instead of what is seen beside it', async () => {
    vi.stubEnv('grpc_proxy', 'http://somebody:secret@proxy.test');
    const target = { address: 'gaffer.invalid:7233', namespace: 'crew' };
    const asked = orUnreachable(target, () => Promise.reject(new Error('Failed to connect before the deadline')));
    await expect(asked).rejects.toThrow(
      'Temporal does not answer at gaffer.invalid:7233: a client goes there through the proxy proxy.test:80 (grpc_proxy), a worker directly; check both, or name the host in no_proxy.',
    );
  });
});
