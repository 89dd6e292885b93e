/*
 * What commands see of a repository whose own folder lies outside of their workspace (git-outside.ts):
 * V1 Objects, and the work of their own: its index, where it stands, what is ignored.
 * V2 Of names those of a person's branches and tags, here and at remotes: none of Gaffer's (branches of tasks, snapshots, kept work), no reflog,
 *    no stash, and not what was fetched last.
 * V3 Of configuration what says how files and objects are kept, and who commits. The rest may hold passwords: addresses of remotes, helpers,
 *    headers.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gitIn } from '../git.ts';
import { readPlain } from '../jail/plain-file.ts';
import { kindOf } from '../kind-of.ts';
import { settingsOf } from './git-config-paths.ts';

/** Folders of git: `shared` by all worktrees, and the one of the worktree in question, which may be the same. */
export interface GitFolders {
  shared: string;
  own: string;
}

// V3
const shownSettings = new Set([
  ...['repositoryformatversion', 'bare', 'filemode', 'symlinks', 'ignorecase', 'precomposeunicode', 'quotepath'].map(
    (name) => `core.${name}`,
  ),
  ...['autocrlf', 'eol', 'safecrlf', 'sparsecheckout', 'sparsecheckoutcone', 'worktree', 'abbrev'].map(
    (name) => `core.${name}`,
  ),
  'extensions.objectformat',
  'user.name',
  'user.email',
]);

// V1. Those of the worktree itself lie in `own`.
const sharedNames = ['HEAD', 'objects', 'info', 'shallow'];
const ownNames = [
  'HEAD',
  'index',
  'commondir',
  'gitdir',
  'locked',
  'info',
  'MERGE_HEAD',
  'CHERRY_PICK_HEAD',
  'REVERT_HEAD',
];

const timeoutMs = 60_000;

/** Arguments of bubblewrap that show it, in a folder in memory that is to be made read-only (V1). */
export async function viewMounts({ shared, own }: GitFolders): Promise<string[]> {
  const config = await viewFile(own, 'seen-config', await shownConfig(shared, own));
  const refs = await viewFile(own, 'seen-refs', await shownRefs(shared));
  const names = new Set([
    ...sharedNames.map((name) => path.join(shared, name)),
    ...ownNames.map((name) => path.join(own, name)),
  ]);
  const there = [...names].filter((name) => ['file', 'folder'].includes(kindOf(name)));
  return [
    ...['--tmpfs', shared, '--dir', path.join(shared, 'refs')],
    ...there.flatMap((name) => ['--ro-bind', name, name]),
    ...['--ro-bind', config, path.join(shared, 'config')],
    ...['--ro-bind', refs, path.join(shared, 'packed-refs')],
  ];
}

// It stands with what git has of the worktree, and goes with that. Git's own `gaffer` folder is none that commands can write (git-cover.ts).
async function viewFile(own: string, name: string, content: string): Promise<string> {
  const file = path.join(own, 'gaffer', name);
  if ((await readFile(file, 'utf8').catch(() => null)) === content) return file;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
  await rename(draft, file);
  return file;
}

async function shownConfig(shared: string, own: string): Promise<string> {
  const files = [path.join(shared, 'config'), path.join(own, 'config.worktree')];
  const texts = await Promise.all(files.map((file) => readPlain(path.dirname(file), path.basename(file))));
  const lines = texts
    .flatMap((text) => settingsOf(String(text ?? '')))
    .flatMap(({ key, value }) => {
      // A value stays as git has written it.
      if (!shownSettings.has(key) || value.endsWith('\\')) return [];
      const [section, name] = key.split('.');
      return [`[${section}]`, `\t${name} = "${value}"`];
    });
  return `${lines.join('\n')}\n`;
}

// V2
async function shownRefs(shared: string): Promise<string> {
  const format = '--format=%(objectname) %(refname)';
  const said = await gitIn(shared, { timeoutMs, env: { GIT_DIR: shared } })(
    ...['for-each-ref', format, 'refs/heads', 'refs/tags', 'refs/remotes'],
  );
  const lines = said
    .split('\n')
    .filter((line) => line !== '' && !/ refs\/(?:heads|remotes\/[^/]+)\/gaffer\//.test(line));
  return lines.map((line) => `${line}\n`).join('');
}
