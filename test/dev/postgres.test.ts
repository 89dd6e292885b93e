import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureHome } from '../../src/config/home.ts';
import { postgresAccount } from '../../src/dev/postgres/postgres-account.ts';
import { postgresBinaries } from '../../src/dev/postgres/postgres-binaries.ts';
import { choosePlace, readPlace } from '../../src/dev/postgres/postgres-place.ts';
import { runTool } from '../../src/host/run-tool.ts';
import { later, temporaryFolder, temporaryHome } from '../support/dev/home.ts';

const isRoot = process.getuid?.() === 0;
const say = (): void => undefined;

/** The installed package as `npm ci --ignore-scripts` would have left it: without its links. */
async function packageWithoutLinks(folder: string): Promise<string> {
  const { folder: native } = await postgresBinaries({ account: undefined, copyRoot: folder, say });
  const copy = join(folder, 'package');
  cpSync(dirname(native), copy, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  expect(existsSync(join(copy, 'native', 'lib', 'libpq.so.5'))).toBe(false);
  return copy;
}

describe('postgresBinaries', () => {
  it('makes the links that the install script would have made', async () => {
    const folder = temporaryFolder();
    const packageFolder = await packageWithoutLinks(folder);
    const found = await postgresBinaries({ account: undefined, copyRoot: join(folder, 'copies'), say, packageFolder });
    expect(found.folder).toBe(join(packageFolder, 'native'));
    const initdb = await runTool(join(found.folder, 'bin', 'initdb'), ['--version'], { timeoutMs: 10_000 });
    expect(initdb).toMatchObject({ code: 0, output: expect.stringContaining('initdb (PostgreSQL) 18') });
  });

  it.runIf(isRoot)('copies programs that lie out of the account’s reach, links and all', async () => {
    const folder = temporaryFolder();
    const packageFolder = await packageWithoutLinks(folder);
    chmodSync(packageFolder, 0o700);
    const copyRoot = join('/var/lib', `gaffer-test-${process.pid}`);
    mkdirSync(copyRoot, { recursive: true, mode: 0o755 });
    later(() => rmSync(copyRoot, { recursive: true, force: true }));
    const account = (await postgresAccount(say))!;
    const found = await postgresBinaries({ account, copyRoot, say, packageFolder });
    expect(found.folder.startsWith(copyRoot)).toBe(true);
    const options = { timeoutMs: 10_000, cwd: '/', account };
    await expect(runTool(join(found.folder, 'bin', 'initdb'), ['--version'], options)).resolves.toMatchObject({
      code: 0,
    });
  });
});

describe('choosePlace', () => {
  it.runIf(isRoot)('puts the data where the account can reach it, and the home says where', async () => {
    const home = temporaryHome();
    ensureHome(home);
    const { place, account } = await choosePlace(home, say);
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
    expect(place.folder.startsWith(home.path)).toBe(false);
    expect(statSync(place.folder)).toMatchObject({ uid: account!.uid });
    expect(readPlace(home)).toEqual(place);
    expect(statSync(join(home.path, 'postgres.json')).mode & 0o777).toBe(0o600);
  });

  it.runIf(isRoot)('keeps the data in a home that the account can reach', async () => {
    const home = temporaryHome();
    ensureHome(home);
    for (const folder of [dirname(home.path), home.path]) chmodSync(folder, 0o755);
    const { place } = await choosePlace(home, say);
    expect(place.folder).toBe(join(home.path, 'postgres'));
  });

  it('says that the data’s folder is gone', async () => {
    const home = temporaryHome();
    ensureHome(home);
    const { place } = await choosePlace(home, say);
    rmSync(place.folder, { recursive: true });
    await expect(choosePlace(home, say)).rejects.toMatchObject({ reason: 'database' });
  });

  it('gives every home its own password', async () => {
    const homes = [temporaryHome(), temporaryHome()];
    const places = await Promise.all(homes.map((home) => (ensureHome(home), choosePlace(home, say))));
    expect(new Set(places.map(({ place }) => place.password)).size).toBe(2);
  });
});
