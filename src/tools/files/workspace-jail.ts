/*
 * How a path that a model wrote becomes a file, and never one outside of the workspace:
 * J1 The text is refused first: NUL, other systems' absolute paths, `..` above the workspace.
 * J2 Links are resolved, and what they lead to must lie inside. A link that leads nowhere is refused.
 * J3 The resolved path is then walked from the workspace folder down, every step opened relative to the one before
 *    (through /proc/self/fd) and without following links: whoever swaps a folder for a link meanwhile gets an error, not a file.
 * J4 Where there is no /proc (macOS), the opened thing is compared with what the path means now, before and after.
 * J5 Gaffer's own data and keys are out of reach; git's may be read, not written: its hooks and config run commands on the host.
 *    What says what agents are is read-only, too. Git takes a folder for a repository by what lies in it, whatever its name.
 */
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { PathRefusal } from '../../domain/tools/canonical-path.ts';
import { toPathParts } from '../../domain/tools/canonical-path.ts';
import { believedByLinks, believedNames } from '../../host/believed.ts';
import { JailError, quote } from '../../host/jail/open-folder.ts';
import { isRepository, repositoryNames } from '../../host/jail/repository-names.ts';

/** A resolved path: components from the workspace down. `missing` counts those at the end that do not exist yet. */
export interface JailedPath {
  root: string;
  parts: string[];
  missing: number;
}

/**
 * Resolves a path that a model wrote (J1, J2, J5).
 *
 * @throws JailError
 */
export async function resolveInJail(workspace: string, text: string, use: 'read' | 'write'): Promise<JailedPath> {
  const root = await realpath(workspace).catch(() => {
    throw new JailError('not-found', 'the workspace folder is not there any more');
  });
  const wanted = await asThere(root, splitPath(root, workspace, text));
  checkProtected(wanted, text, use);
  const { real, missing } = await resolveLinks(root, wanted, text);
  const parts = real === root ? [] : path.relative(root, real).split(path.sep);
  if (parts[0] === '..' || path.isAbsolute(parts[0] ?? '')) {
    throw new JailError('outside', `${quote(text)} leads out of the workspace: use paths inside it`);
  }
  checkProtected(parts, text, use);
  checkLinked(root, parts, text, use);
  if (use === 'write') await checkRepository(root, parts, text);
  return { root, parts, missing };
}

const refusals: Readonly<Record<PathRefusal, string>> = {
  nul: 'contains a NUL character',
  'too-long': 'is longer than 4,096 bytes',
  absolute: 'is an absolute path',
  home: 'begins with ~, which stands for nothing here',
  elsewhere: 'is an absolute path outside of the workspace',
  above: 'leads out of the workspace',
};

function splitPath(root: string, workspace: string, text: string): string[] {
  const parts = toPathParts(text, [workspace, root]);
  if (typeof parts !== 'string') return parts;
  throw new JailError('outside', `${quote(text)} ${refusals[parts]}: use a path relative to the workspace`);
}

// One name has several forms in Unicode, and what a model read in one comes back in another: where the very name is missing, its other form is meant.
async function asThere(root: string, parts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const part of parts) {
    const folder = path.join(root, ...found);
    // oxlint-disable-next-line no-control-regex -- what is not ASCII
    const isPlain = /^[\x00-\x7F]*$/.test(part);
    const isMissing = !isPlain && (await lstat(path.join(folder, part)).catch(() => null)) === null;
    const names = isMissing ? await readdir(folder).catch(() => []) : [];
    found.push(names.find((name) => name.normalize() === part.normalize()) ?? part);
  }
  return found;
}

async function resolveLinks(root: string, parts: string[], text: string): Promise<{ real: string; missing: number }> {
  for (let known = parts.length; ; known--) {
    const candidate = path.join(root, ...parts.slice(0, known));
    const real = await realpath(candidate).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      if (error.code === 'ELOOP') throw new JailError('outside', `${quote(text)} is a ring of links`);
      if (error.code === 'ENOTDIR')
        throw new JailError('wrong-type', `${quote(text)} goes on below something that is not a folder`);
      throw new JailError('not-found', `${quote(text)} cannot be opened (${error.code})`);
    });
    if (real !== undefined) return { real: path.join(real, ...parts.slice(known)), missing: parts.length - known };
    const isLink = await lstat(candidate).then(
      (stat) => stat.isSymbolicLink(),
      () => false,
    );
    if (isLink) throw new JailError('outside', `${quote(text)} is a link that leads nowhere`);
    if (known === 0) throw new JailError('not-found', 'the workspace folder is not there any more');
  }
}

/** Whether a name (of any folder) belongs to git or to Gaffer, however it is spelt: file systems fold case and drop characters. */
export function protectedKind(name: string): 'git' | 'gaffer' | undefined {
  const plain = plainName(name);
  if (plain === '.git' || /^git~\d+$/.test(plain)) return 'git';
  return plain === '.gaffer' ? 'gaffer' : undefined;
}

function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[. ]+$/, '');
}

const readOnlyNames = new Set(believedNames.filter(({ cover }) => cover === 'read-only').map(({ name }) => name));

/** Whether a path from the workspace down holds Gaffer's own data or keys (J5). */
export function isHidden(parts: readonly string[]): boolean {
  const isKeyFile = parts.length === 1 && /^\.env(\.local)?$/i.test(parts[0]!);
  return isKeyFile || parts.some((part) => protectedKind(part) === 'gaffer');
}

function checkProtected(parts: readonly string[], text: string, use: 'read' | 'write'): void {
  if (isHidden(parts))
    throw new JailError('protected', `${quote(text)} holds Gaffer's own data or keys: it is out of reach`);
  if (use === 'write' && parts.some((part) => protectedKind(part) === 'git')) {
    throw new JailError(
      'protected',
      `${quote(text)} belongs to git, which would run what is written there: use git itself`,
    );
  }
  if (use === 'write' && readOnlyNames.has(plainName(parts[0] ?? ''))) {
    throw new JailError('protected', `${quote(text)} says what agents are, may and run on: only a person changes it`);
  }
}

// J5, by the name that it has where a link leads.
function checkLinked(root: string, parts: readonly string[], text: string, use: 'read' | 'write'): void {
  const own = `${parts.join(path.sep)}${path.sep}`;
  for (const { path: target, cover } of believedByLinks(root)) {
    if (!own.startsWith(`${target}${path.sep}`) || (cover === 'read-only' && use === 'read')) continue;
    throw new JailError(
      'protected',
      `${quote(text)} is where a link of a name leads that only a person changes: it is out of reach`,
    );
  }
}

// J5, in what is one without that name, or becomes one by what is written.
async function checkRepository(root: string, parts: readonly string[], text: string): Promise<void> {
  for (const [depth, part] of parts.entries()) {
    const folder = path.join(root, ...parts.slice(0, depth));
    const there = await Promise.all(
      repositoryNames.map((name) =>
        lstat(path.join(folder, name)).then(
          () => [name],
          () => [],
        ),
      ),
    );
    const made = repositoryNames.filter((name) => name.toLowerCase() === plainName(part));
    if (!isRepository([...there.flat(), ...made])) continue;
    const what = folder === root ? 'the workspace' : path.relative(root, folder);
    throw new JailError(
      'protected',
      `${quote(text)} belongs to what git takes for a repository (${quote(what)}), and it would run what is written there: use git itself`,
    );
  }
}
