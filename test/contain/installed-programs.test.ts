import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findForeign } from '../../src/runners/find-program.ts';
import { run } from '../support/contain/contained.ts';
import { sandbox } from '../support/tools/sandbox.ts';

/** A Python that can make virtual environments, out of the system or of a home; null: there is none. */
function findPython(): string | null {
  const pyenv = path.join(homedir(), '.pyenv/versions');
  const own = existsSync(pyenv) ? readdirSync(pyenv).map((name) => path.join(pyenv, name, 'bin/python3')) : [];
  const makes = (python: string): boolean => {
    try {
      execFileSync(python, ['-c', 'import venv, ensurepip, sys; sys.exit(sys.version_info < (3, 8))'], {
        stdio: 'ignore',
      });
      return true;
    } catch {
      return false;
    }
  };
  return [...own, '/usr/bin/python3'].find(makes) ?? null;
}
const python = sandbox.sandbox === 'bubblewrap' ? findPython() : null;

it.skipIf(python === null)('a program of a virtual environment of Python runs, with its modules', async () => {
  const top = realpathSync(mkdtempSync(path.join(tmpdir(), 'gaffer-venv-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const venv = path.join(top, 'venv');
  execFileSync(python!, ['-m', 'venv', '--without-pip', venv]);
  const [version] = readdirSync(path.join(venv, 'lib'));
  writeFileSync(
    path.join(venv, 'lib', version!, 'site-packages/ours.py'),
    'def main():\n  import json\n  print(json.dumps("ours"))\n',
  );
  const entry = path.join(venv, 'bin/ours');
  writeFileSync(entry, `#!${venv}/bin/python\nimport sys\nfrom ours import main\nsys.exit(main())\n`);
  chmodSync(entry, 0o755);
  const program = findForeign('ours', { env: { PATH: path.dirname(entry) }, avoid: [] })!;
  const { out, errors, exitCode } = await run(program.argv, { reads: program.reads });
  expect({ out, errors, exitCode }).toEqual({ out: '"ours"', errors: '', exitCode: 0 });
});
