import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureHome } from '../../../src/config/home.ts';
import { checkHome, trustHome } from '../../../src/config/home-mark.ts';
import { NotTrustedError } from '../../../src/config/trust-store.ts';

let folder: string;
let home: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-home-mark-')));
  home = join(folder, '.gaffer');
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'config'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function plant(place = home): void {
  mkdirSync(place, { mode: 0o700 });
  writeFileSync(join(place, 'postgres.json'), `{"folder":"${place}","password":"x"}`);
}

describe('a home', () => {
  it('is believed again when Gaffer made it there', () => {
    ensureHome({ path: home });
    writeFileSync(join(home, 'postgres.json'), '{}');
    checkHome(home);
    ensureHome({ path: home });
  });

  it('that somebody planted is not believed, and not made one by asking twice', () => {
    plant();
    expect(() => ensureHome({ path: home })).toThrow(NotTrustedError);
    expect(() => ensureHome({ path: home })).toThrow(NotTrustedError);
    expect(() => checkHome(home)).toThrow(`gaffer trust ${home}`);
  });

  // What a home can consist of, and whether somebody who has planted no more than that is believed.
  const parts = ['id', 'secret', 'stack.json', 'postgres.json', 'temporal.db', 'logs', '.gitignore', 'notes.txt'];
  const planted = Array.from({ length: 2 ** parts.length }, (_, set) => parts.filter((_, bit) => set & (1 << bit)));

  it('that came with any of what is believed is left as it is, and one without all of it is new', () => {
    for (const [at, names] of planted.entries()) {
      const place = join(folder, String(at));
      mkdirSync(place, { mode: at % 2 === 0 ? 0o700 : 0o755 });
      for (const name of names) writeFileSync(join(place, name), 'known to whoever planted it');
      const isNew = names.every((name) => ['logs', '.gitignore', 'notes.txt'].includes(name));
      if (isNew) {
        ensureHome({ path: place });
        expect(readFileSync(join(place, 'id'), 'utf8'), names.join()).toMatch(/^[0-9a-f-]{36}$/);
        checkHome(place);
        continue;
      }
      expect(() => ensureHome({ path: place }), names.join()).toThrow(`gaffer trust ${place}`);
      expect(readdirSync(place).sort(), names.join()).toEqual(names.toSorted());
    }
  });

  it.each(['postgres', 'temporal.json'])('with nothing but %s planted is not believed', (name) => {
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, name), 'known to whoever planted it');
    expect(() => ensureHome({ path: home })).toThrow(NotTrustedError);
  });

  it.skipIf(process.getuid?.() !== 0)('of another account is not used, empty or not', () => {
    mkdirSync(home, { mode: 0o700 });
    chownSync(home, 4242, 4242);
    for (const use of [() => ensureHome({ path: home }), () => trustHome(home), () => checkHome(home)])
      expect(use).toThrow('belongs to another account (4242)');
    expect(readdirSync(home)).toEqual([]);
  });

  it('that several commands make at once is the same one for each', async () => {
    const make = `const { ensureHome } = await import('./src/config/home.ts'); ensureHome({ path: process.argv[1] });`;
    const makers = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', make, home]);
      return once(child, 'exit').then(([code]) => code as number);
    });
    expect(await Promise.all(makers)).toEqual([0, 0, 0, 0]);
    checkHome(home);
    expect(readdirSync(home).sort()).toEqual(['.gitignore', 'id']);
    expect(readdirSync(join(folder, 'config', 'gaffer', 'trust'))).toHaveLength(1);
  });

  it.each(['logs', 'workers', '.gitignore', 'id', 'logs/dev.log', 'logs/temporal.log', 'workers/1.json'])(
    'whose %s is a link is not written to until a person trusts it',
    (name) => {
      mkdirSync(join(folder, 'elsewhere'));
      mkdirSync(join(home, name, '..'), { recursive: true });
      symlinkSync(join(folder, 'elsewhere', 'victim'), join(home, name));
      expect(() => ensureHome({ path: home })).toThrow('is a link');
      expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
      trustHome(home);
      checkHome(home);
    },
  );

  it('that is itself a link to a folder with something in it is left as it is', () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o755 });
    symlinkSync(elsewhere, home);
    checkHome(home);
    writeFileSync(join(elsewhere, 'theirs'), '');
    expect(() => ensureHome({ path: home })).toThrow(NotTrustedError);
    expect(readdirSync(elsewhere)).toEqual(['theirs']);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o755);
  });

  it('that is a copy of a real one is not believed, as whoever made it could change it', () => {
    ensureHome({ path: home });
    writeFileSync(join(home, 'postgres.json'), '{}');
    cpSync(home, join(folder, 'copy'), { recursive: true });
    expect(() => checkHome(join(folder, 'copy'))).toThrow(NotTrustedError);
  });

  it('that a person trusts is believed', () => {
    plant();
    trustHome(home);
    checkHome(home);
    ensureHome({ path: home });
  });

  it('that is a file is told as such', () => {
    writeFileSync(home, '');
    expect(() => ensureHome({ path: home })).toThrow('not a folder');
  });

  it('without anything in it is taken as new', () => {
    mkdirSync(home, { mode: 0o755 });
    ensureHome({ path: home });
    writeFileSync(join(home, 'stack.json'), '{}');
    checkHome(home);
  });

  it('that others can write is not believed, mark or not', () => {
    ensureHome({ path: home });
    writeFileSync(join(home, 'stack.json'), '{}');
    chmodSync(home, 0o777);
    expect(() => checkHome(home)).toThrow('another account can change it');
    trustHome(home);
    checkHome(home);
    expect(statSync(home).mode & 0o077 & ~0o011).toBe(0);
  });

  it('that others can read is closed', () => {
    ensureHome({ path: home });
    chmodSync(home, 0o755);
    ensureHome({ path: home });
    expect(statSync(home).mode & 0o066).toBe(0);
  });

  it('holds for its own path and not for the same one below another folder', () => {
    ensureHome({ path: home });
    const other = join(folder, 'other');
    mkdirSync(other);
    plant(join(other, '.gaffer'));
    expect(() => checkHome(join(other, '.gaffer'))).toThrow(NotTrustedError);
  });
});
