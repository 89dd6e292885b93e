import { mkdirSync, readdirSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileToTrust, openTrustStore } from '../../../src/config/trust-store.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';

function open() {
  const config = tempFolder();
  return { store: openTrustStore({ XDG_CONFIG_HOME: config }), notes: join(config, 'gaffer/trust') };
}

const thingIn = (folder: string) => ({ ...fileToTrust('home', folder, 'x'), path: folder });

function another() {
  const file = join(tempFolder(), '.env');
  writeFileSync(file, 'A=1');
  return fileToTrust('env', file, 'A=1');
}

describe('a note of what is trusted', () => {
  it('outlives that its thing is away for a while, as on a disk that is not plugged in', () => {
    const { store } = open();
    const folder = join(tempFolder(), 'disk');
    mkdirSync(folder);
    const thing = thingIn(folder);
    store.grant(thing);
    rmdirSync(folder);
    store.grant(another());
    expect(store.list()).not.toContainEqual(thing);
    mkdirSync(folder);
    expect(store.holds(thing)).toBe(true);
    expect(store.list()).toContainEqual(thing);
  });

  it('goes when its thing has been away for a quarter of a year', () => {
    const { store, notes } = open();
    const folder = join(tempFolder(), 'gone');
    mkdirSync(folder);
    store.grant(thingIn(folder));
    rmdirSync(folder);
    const [note] = readdirSync(notes);
    utimesSync(join(notes, note!), 0, 0);
    store.grant(another());
    expect(readdirSync(notes)).not.toContain(note);
  });
});
