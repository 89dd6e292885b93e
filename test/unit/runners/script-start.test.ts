import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCommand, findForeign } from '../../../src/runners/find-program.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-start-')));
afterAll(() => rmSync(top, { recursive: true }));

/** Writes a program; folders are made. */
const put = (file: string, text: string): string => {
  const whole = join(top, file);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, text);
  chmodSync(whole, 0o755);
  return whole;
};
const found = (name: string, bin: string) => findForeign(name, { env: { PATH: join(top, bin) }, avoid: [] })!;

describe('a program of Python', () => {
  put('base/bin/python3.12', 'an interpreter');
  put('base/lib/python3.12/os.py', '');
  const venv = join(top, 'tools/aider');
  mkdirSync(join(venv, 'bin'), { recursive: true });
  writeFileSync(join(venv, 'pyvenv.cfg'), `home = ${join(top, 'base/bin')}\nversion = 3.12.1\n`);
  symlinkSync(join(top, 'base/bin/python3.12'), join(venv, 'bin/python'));
  const python = join(venv, 'bin/python');

  it.each([
    ['by its first line', `#!${python}\nprint(1)\n`],
    ['by its second line', `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\nprint(1)\n`],
  ])('is read with its virtual environment and what that was made from: %s', (_, text) => {
    put('tools/aider/bin/aider', text);
    mkdirSync(join(top, 'local/bin'), { recursive: true });
    rmSync(join(top, 'local/bin/aider'), { force: true });
    symlinkSync(join(venv, 'bin/aider'), join(top, 'local/bin/aider'));
    const { argv, reads } = found('aider', 'local/bin');
    expect(argv).toEqual([join(top, 'local/bin/aider')]);
    expect(reads).toEqual(expect.arrayContaining([venv, join(top, 'base/bin'), join(top, 'base/lib')]));
  });

  it('opens no folder in which no Python was installed, whatever it names', () => {
    mkdirSync(join(top, 'home/bin'), { recursive: true });
    cpSync(join(top, 'base/bin/python3.12'), join(top, 'home/bin/python3'));
    const file = put('home/tool.py', `#!${join(top, 'home/bin/python3')}\n`);
    expect(findCommand(file, { env: {}, avoid: [] })!.reads).toEqual([file]);
  });
});

describe('a program of Node', () => {
  it('is found where nvm has it, with all that was installed beside it', () => {
    put('nvm/lib/node_modules/codex/bin/codex.js', '#!/usr/bin/env node\n');
    put('nvm/lib/node_modules/codex/package.json', '{"version":"0.171.0"}');
    mkdirSync(join(top, 'nvm/bin'));
    symlinkSync('../lib/node_modules/codex/bin/codex.js', join(top, 'nvm/bin/codex'));
    const { argv, reads, version } = found('codex', 'nvm/bin');
    expect(argv).toEqual([process.execPath, join(top, 'nvm/lib/node_modules/codex/bin/codex.js')]);
    expect(reads).toContain(join(top, 'nvm/lib/node_modules'));
    expect(version).toBe('0.171.0');
  });

  it('is found behind what pnpm puts in the place of a link', () => {
    const real = put(
      'pnpm/global/5/node_modules/.pnpm/codex@1/node_modules/codex/bin/codex.js',
      '#!/usr/bin/env node\n',
    );
    symlinkSync('.pnpm/codex@1/node_modules/codex', join(top, 'pnpm/global/5/node_modules/codex'));
    const entry = '"$basedir/global/5/node_modules/codex/bin/codex.js" "$@"';
    put(
      'pnpm/codex',
      `#!/bin/sh\nbasedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")\n\nif [ -x "$basedir/node" ]; then\n  exec "$basedir/node"  ${entry}\nelse\n  exec node  ${entry}\nfi\n`,
    );
    const { argv, reads } = found('codex', 'pnpm');
    expect(argv).toEqual([process.execPath, real]);
    expect(reads).toContain(join(top, 'pnpm/global/5/node_modules'));
  });
});
