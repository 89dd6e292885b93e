import { describe, expect, it } from 'vitest';
import { UnreachableError } from '../../../src/domain/errors.ts';
import type { Session } from '../../../src/client/connection/session.ts';
import { createApp } from '../../../src/server/app.ts';
import { newClosing } from '../../../src/server/closing.ts';
import type { Principal } from '../../../src/server/env.ts';
import { errorLog } from '../../../src/server/observe/observers.ts';

const gone = () => Promise.reject(new UnreachableError('nothing is here'));
const store = { ofTenant: () => store, runs: {}, audit: { add: () => Promise.resolve() } };
const session = { store, connect: gone, cwd: '/here', home: '/here/.gaffer', tenant: null } as unknown as Session;
const logError = (): void => undefined;

describe('createApp', () => {
  it('gives nobody the runs of anybody', async () => {
    const app = createApp({ session, logError, guards: [] });
    for (const path of ['/api/runs', '/metrics', '/api/keys', '/api/audit'])
      expect([path, (await app.request(path)).status]).toEqual([path, 401]);
    expect((await app.request('/healthz')).status).toBe(200);
  });

  it('tells whoever still waits when it has ended to ask another process', async () => {
    const principal: Principal = { keyId: 'k', name: 'k', tenant: 'default', scopes: ['admin'], roles: [] };
    const { begun, over, signals: closing } = newClosing();
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const keys = {
      list: () => {
        arrive();
        return new Promise(() => undefined);
      },
    };
    const app = createApp({
      ...{ session: { ...session, store: { ...store, keys } } as unknown as Session, logError, closing },
      guards: [
        (c, next) => {
          c.set('principal', principal);
          return next();
        },
      ],
    });
    const asked = app.request('/api/keys');
    await arrived;
    begun.abort();
    over.abort();
    const answer = await asked;
    expect([answer.status, answer.headers.get('Connection')]).toEqual([503, 'close']);
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(await answer.json()).toMatchObject({ code: 'closing' });
  });
});

describe('errorLog', () => {
  it('has the request by its id, and where it came from when that is asked for', () => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    for (const isDebug of [false, true])
      errorLog({ say, config: { isDebug } as Session['config'] }, null)(new Error('oh\nno'), 'request-1');
    expect(lines[0]).toMatch(/^Unexpected error of request request-1: Error: oh.no$/);
    expect(lines[1]).toMatch(/^Unexpected error of request request-1: Error: oh\nno\n {4}at /);
  });
});
