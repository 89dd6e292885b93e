import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { asCalled, calledAs, helpAsCalled } from '../../../../src/cli/base/called-as.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

let folder: string;
beforeEach(() => void (folder = tempFolder()));

/** A package that is installed below a folder, with its command's link. @returns the folder with the link */
function install(below: string, bin: string): string {
  const program = join(below, 'node_modules/gaffer-crew/bin/gaffer.js');
  mkdirSync(join(program, '..'), { recursive: true });
  writeFileSync(program, '');
  mkdirSync(bin, { recursive: true });
  for (const name of ['gaffer', 'gaffer-crew']) symlinkSync(program, join(bin, name));
  return bin;
}

describe('calledAs', () => {
  it('is npx where the command is installed in a project, whatever npx puts onto the PATH', () => {
    const bin = install(folder, join(folder, 'node_modules/.bin'));
    expect(calledAs({ program: join(bin, 'gaffer'), path: `${bin}:/usr/bin`, cwd: folder })).toBe('npx gaffer-crew');
  });

  it('is npx where somebody else’s gaffer is on the PATH', () => {
    const bin = install(folder, join(folder, 'node_modules/.bin'));
    mkdirSync(join(folder, 'usr'));
    writeFileSync(join(folder, 'usr/gaffer'), '');
    expect(calledAs({ program: join(bin, 'gaffer-crew'), path: join(folder, 'usr'), cwd: folder })).toBe(
      'npx gaffer-crew',
    );
  });

  it('is gaffer where it is installed for all', () => {
    const bin = install(join(folder, 'lib'), join(folder, 'bin'));
    expect(calledAs({ program: join(bin, 'gaffer'), path: `/nowhere:${bin}`, cwd: folder })).toBe('gaffer');
    expect(calledAs({ program: undefined, path: undefined, cwd: folder })).toBe('gaffer');
  });

  it.each(['bin/gaffer.js', 'scripts/demo.mjs'])('is npx in a checkout whose own %s runs, and nowhere else', (name) => {
    const program = join(folder, 'checkout', name);
    mkdirSync(join(program, '..'), { recursive: true });
    writeFileSync(program, '');
    expect(calledAs({ program, path: '/usr/bin', cwd: join(folder, 'checkout') })).toBe('npx gaffer');
    expect(calledAs({ program, path: '/usr/bin', cwd: join(folder, 'checkout/examples') })).toBe('npx gaffer');
    // There npx would fetch a stranger's.
    expect(calledAs({ program, path: '/usr/bin', cwd: folder })).toBe('gaffer');
  });
});

describe('asCalled', () => {
  it('names commands as this one was called, and leaves all else', () => {
    const text =
      'gaffer: no run "gaffer x": `gaffer runs` lists them; run: gaffer trust .env\nNext:\n  gaffer show a\n';
    expect(asCalled(text, 'npx gaffer-crew')).toBe(
      'gaffer: no run "gaffer x": `npx gaffer-crew runs` lists them; run: npx gaffer-crew trust .env\nNext:\n  npx gaffer-crew show a\n',
    );
    expect(asCalled(text, 'gaffer')).toBe(text);
  });

  it('leaves the words of others that a question shows', () => {
    const text = '  │ `gaffer runs` it says\n  gaffer approve a\n';
    expect(asCalled(text, 'npx gaffer')).toBe('  │ `gaffer runs` it says\n  npx gaffer approve a\n');
  });
});

describe('helpAsCalled', () => {
  it('names every command of a page', () => {
    const text = 'Usage: gaffer [options]\nof gaffer.\n  $ source <(gaffer completion bash) && gaffer --help';
    expect(helpAsCalled(text, 'npx gaffer-crew')).toBe(
      'Usage: npx gaffer-crew [options]\nof gaffer.\n  $ source <(npx gaffer-crew completion bash) && npx gaffer-crew --help',
    );
  });
});
