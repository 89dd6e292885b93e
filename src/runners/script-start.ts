/*
 * How a script of the user's machine is started in a sandbox, and what it needs to find there. A sandbox has the system; what a language's
 * tools install (nvm, pnpm; venv, pipx, uv, pyenv) lies in homes, and leads from file to file. Nothing of it is run to find that out.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';
import path from 'node:path';

/** How a script is started: with its interpreter before it, or null: as it is. `script`: the one that it leads to. */
interface ScriptStart {
  script: string;
  isOfNode: boolean;
  /** Folders that it needs besides where it stands itself. */
  reads: string[];
}

/** What the first lines of a file say of its start; `file`: absolute, as it was found, behind a link or not. */
export function readStart(file: string): ScriptStart {
  const real = realpathSync(file);
  const head = headOf(real);
  const led = shimPattern.exec(head)?.[1];
  const script = led === undefined ? real : path.resolve(path.dirname(file), led);
  // What is led to is believed to be what such a shim leads to: a script of node's.
  if (led !== undefined && existsSync(script)) return { script: realpathSync(script), isOfNode: true, reads: [] };
  if (/^#!.*\bnode\b/.test(head)) return { script: real, isOfNode: true, reads: [] };
  const python = pythonOf(head);
  return { script: real, isOfNode: false, reads: python === null ? [] : pythonReads(python) };
}

// What pnpm, and npm where it cannot link, put in the place of a link: a script of the shell's.
const shimPattern = /^#!\/bin\/sh\b[^]*?\bexec (?:"\$basedir\/node"|node)\s+"\$basedir\/([^"$`\\]+)"\s+"\$@"/;

function headOf(file: string): string {
  const opened = openSync(file, 'r');
  try {
    const start = Buffer.alloc(4096);
    const text = start.toString('utf8', 0, readSync(opened, start));
    return text.startsWith('#!') ? text : '';
  } finally {
    closeSync(opened);
  }
}

// Named by its path in the first line; or, where that would be too long or has spaces, in the second one, which Python takes for a text.
function pythonOf(head: string): string | null {
  const [first = '', second = ''] = head.split('\n');
  const named = /^#!\s*(\S+)/.exec(first)?.[1] ?? '';
  const [, quoted, plain] = /^'''exec' (?:"([^"]+)"|(\S+)) "\$0" "\$@"/.exec(second) ?? [];
  const file = quoted ?? plain ?? named;
  return path.isAbsolute(file) && /^(python|pypy)/.test(path.basename(file)) && existsSync(file) ? file : null;
}

// Its virtual environment, and what that was made from. Of the system's own there is no need.
function pythonReads(python: string): string[] {
  const top = path.dirname(path.dirname(python));
  const isVirtual = existsSync(path.join(top, 'pyvenv.cfg'));
  const bases = [...stepsTo(python), ...(isVirtual ? homeIn(path.join(top, 'pyvenv.cfg')) : [])].map((file) =>
    path.dirname(path.dirname(file)),
  );
  const found = bases.flatMap((base) => [base, realpathSync(base)]).filter((base) => base !== top || !isVirtual);
  const parts = [...new Set(found)]
    .filter(isOfPython)
    .flatMap((base) => [path.join(base, 'bin'), path.join(base, 'lib')]);
  return [...(isVirtual ? [top] : []), ...parts];
}

// From link to link.
function stepsTo(file: string): string[] {
  const steps = [file];
  for (let at = file; steps.length < 20;) {
    let next: string;
    try {
      next = readlinkSync(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return steps;
      throw error;
    }
    at = path.resolve(path.dirname(at), next);
    steps.push(at);
  }
  return steps;
}

function homeIn(config: string): string[] {
  const [, home] = /^home\s*=\s*(\S.*?)\s*$/m.exec(readFileSync(config, 'utf8')) ?? [];
  return home !== undefined && path.isAbsolute(home) && existsSync(home) ? [path.join(home, 'python')] : [];
}

/** Whether a folder is one that a Python was installed in, other than the system's: nothing else that somebody names is opened. */
function isOfPython(base: string): boolean {
  if (base === '/' || base === '/usr' || base === '/usr/local') return false;
  const lib = path.join(base, 'lib');
  return existsSync(lib) && readdirSync(lib).some((name) => /^(python|pypy)\d/.test(name));
}
