import { chmodSync, existsSync, mkdirSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseUrl } from '../../../../src/dev/postgres/postgres-database.ts';
import { removeSocketFolder, socketFolder } from '../../../../src/dev/postgres/postgres-socket.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

describe('databaseUrl', () => {
  const password = 'p@ss/w:rd %?#';

  it.each(['/srv/data-1/socket', '/srv/a b/ümlaut/100%/x@y:z?q#f/[1]', '/srv/Some/UPPER'])(
    'names a socket in %s for pg and for URL',
    (socket) => {
      const url = databaseUrl({ password }, { socket, port: 5555 });
      expect(new pg.Client(url)).toMatchObject({
        host: socket,
        port: 5555,
        database: 'gaffer',
        user: 'gaffer',
        password,
      });
      expect(decodeURIComponent(new URL(url).hostname)).toBe(socket);
      expect(decodeURIComponent(new URL(url).password)).toBe(password);
    },
  );

  it.each(['/srv/data-1/socket', undefined])('leaves nothing to variables that mean another server (%s)', (socket) => {
    const url = databaseUrl({ password }, { socket, port: 5555 });
    const { connectionParameters: wanted } = new pg.Client(url) as unknown as { connectionParameters: object };
    const variables = {
      ...{ PGHOST: 'other.test', PGPORT: '1', PGUSER: 'other', PGPASSWORD: 'other', PGDATABASE: 'other' },
      ...{ PGSSLMODE: 'require', PGSSLNEGOTIATION: 'direct', PGOPTIONS: '-c statement_timeout=1' },
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(new pg.Client(url)).toMatchObject({ connectionParameters: wanted, ssl: false });
    vi.unstubAllEnvs();
  });

  it('names the port of a server that an earlier version started', () => {
    const client = new pg.Client(databaseUrl({ password }, { port: 5555 }));
    expect(client).toMatchObject({ host: '127.0.0.1', port: 5555, database: 'gaffer', user: 'gaffer', password });
  });
});

describe('socketFolder', () => {
  let root: string;
  const find = (base = root, { state = join(base, 'state'), password = 'x' } = {}): Promise<string> => {
    const [home, folder] = [join(base, '.gaffer'), join(base, '.gaffer', 'postgres')];
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    vi.stubEnv('XDG_STATE_HOME', state);
    return socketFolder({ path: home }, { account: undefined, systemFolder: base, place: { folder, password } });
  };
  beforeEach(() => {
    root = realpathSync(tempFolder());
  });
  afterEach(() => vi.unstubAllEnvs());

  it('is the same at each start, another one for each home, and its owner’s alone', async () => {
    const folder = await find();
    expect(dirname(folder)).toBe(join(root, 'state', 'gaffer', 'databases'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await expect(find()).resolves.toBe(folder);
    removeSocketFolder(folder);
    expect(existsSync(folder)).toBe(false);
    await expect(find()).resolves.toBe(folder);
    await expect(find(join(root, 'b'), { state: join(root, 'state') })).resolves.not.toBe(folder);
    await expect(find(root, { password: 'another home at this path' })).resolves.not.toBe(folder);
  });

  it.each([
    ['whose path is too long', async (state: string) => join(state, 'x'.repeat(100))],
    ['that cannot be made', async (state: string) => (writeFileSync(state, ''), state)],
    ['that others may write', (state: string) => planted(state, (folder) => chmodSync(folder, 0o777))],
    ['that is a link', (state: string) => planted(state, (folder) => (rmdirSync(folder), symlinkSync(root, folder)))],
  ])('lies beside the data instead of in a folder %s', async (_what, make) => {
    const state = await make(join(root, 'elsewhere'));
    await expect(find(root, { state })).resolves.toBe(join(root, '.gaffer', 'postgres', 'socket'));
  });

  async function planted(state: string, change: (folder: string) => void): Promise<string> {
    change(await find(root, { state }));
    return state;
  }

  it('says what to do where every path is too long', async () => {
    const base = join(root, 'y'.repeat(100));
    await expect(find(base)).rejects.toMatchObject({
      reason: 'database',
      message: expect.stringMatching(/postgres\/socket: its path is too long\)\. Set XDG_STATE_HOME/),
    });
    expect(existsSync(join(base, '.gaffer', 'postgres', 'socket'))).toBe(false);
  });
});
