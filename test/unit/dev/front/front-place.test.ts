import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type GafferHome, ensureHome } from '../../../../src/config/home.ts';
import { ensureSecret } from '../../../../src/config/home-secret.ts';
import { frontProxyFile, frontSocket, renewFrontPassword } from '../../../../src/dev/front/front-place.ts';

let folder: string;
const homeAt = (...names: string[]): GafferHome => {
  const path = join(folder, ...names);
  mkdirSync(path, { recursive: true });
  ensureHome({ path });
  ensureSecret({ path });
  return { path };
};

const socketOf = (home: GafferHome): Promise<string> => frontSocket(home, ensureSecret(home));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaffer-place-'));
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'config'));
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'state'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('a home has one socket, however its path is spelt and however long it is, in a folder of its owner’s', async () => {
  const home = homeAt('p'.repeat(150), '.gaffer');
  const socket = await socketOf(home);
  expect(socket).toContain(join(folder, 'state', 'gaffer', 'fronts'));
  expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
  symlinkSync(join(home.path, '..'), join(folder, 'link'));
  await expect(socketOf({ path: join(folder, 'link', '.gaffer') })).resolves.toBe(socket);
  expect(readdirSync(join(socket, '..'))).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual(['config', 'link', 'p'.repeat(150), 'state']);
});

it('two homes have two sockets, also at the same path', async () => {
  const home = homeAt('one', '.gaffer');
  const sockets = [await socketOf(home), await socketOf(homeAt('two', '.gaffer'))];
  rmSync(home.path, { recursive: true });
  sockets.push(await socketOf(homeAt('one', '.gaffer')));
  expect(new Set(sockets).size).toBe(3);
});

it('a path that is too long for a socket, in bytes, is not taken: the temporary folder serves, or nothing', async () => {
  const home = homeAt('.gaffer');
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'é'.repeat(30)));
  await expect(socketOf(home)).resolves.toContain(join(folder, 'gaffer-fronts-'));
  vi.stubEnv('TMPDIR', join(folder, 'é'.repeat(30)));
  await expect(socketOf(home)).rejects.toThrow(/Set XDG_STATE_HOME to a folder of your own with a short name/);
});

it('the password of a start is a new one, beside its port, for the owner’s eyes', () => {
  const home = homeAt('.gaffer');
  const passwords = [7233, 7234].map((port) => {
    const password = renewFrontPassword(home, port);
    expect(readFileSync(frontProxyFile(home), 'utf8')).toBe(`http://gaffer:${password}@127.0.0.1:${port}\n`);
    return password;
  });
  expect(passwords[0]).not.toBe(passwords[1]);
  expect(statSync(frontProxyFile(home)).mode & 0o777).toBe(0o600);
});
