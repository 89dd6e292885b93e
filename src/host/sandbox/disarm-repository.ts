/*
 * A repository that a command made below its workspace, or what looks like one, is the agent's, and git would run for whoever enters it
 * what its configuration and hooks name:
 * D1 What is known to run nothing and to lead nowhere stays in its configuration; all else is taken out. Hooks lose their name.
 * D2 What cannot be disarmed, or leads where nobody can look, loses its name.
 * D3 Git is run on a copy of its configuration, never in the repository; what cannot be read that way is replaced.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitIn } from '../git.ts';
import { kindOf } from '../kind-of.ts';
import { readPlain } from '../jail/plain-file.ts';
import { openFolder, type Folder } from '../jail/open-folder.ts';
import { gitFoldersOf } from './git-folders.ts';
import { gitLeftIn, takeLeft, type GitLeft } from './git-left.ts';
import { openUp, openUpTo } from './open-up.ts';
import { longestPointer, subRepositories, type SubRepository } from './sub-repositories.ts';

/** Keys that stay, as git prints them: section and name in small letters. */
const harmless = [
  /^core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf)$/,
  /^extensions\.(objectformat|refstorage|worktreeconfig)$/,
  /^(user|author|committer)\.(name|email)$/,
  /^(init\.defaultbranch|commit\.gpgsign|tag\.gpgsign|receive\.deny\w+|gc\.auto|advice\.\w+|color\..*)$/,
  /^(pull\.(rebase|ff)|push\.(default|autosetupremote)|merge\.(ff|conflictstyle)|fetch\.prune|rebase\.\w+)$/,
  /^branch\..*\.(remote|merge|rebase)$/,
  /^remote\..*\.(fetch|push|tagopt|prune)$/,
  /^submodule\..*\.active$/,
];
const leadsSomewhere = /^(remote|submodule)\..*\.(url|pushurl)$/;
/** What is no program's address: helpers are called by `NAME::`, and options look like `-o`. */
const plainAddress = /^(?!-)(?![\w+.-]*::)/;

const git = { timeoutMs: 20_000 };
/** So many configurations are read, the others of one command are replaced. */
const mostRead = 50;
const longestConfig = 1_000_000;
const emptyConfig = '[core]\n\trepositoryformatversion = 0\n';
/** Folders of a repository, and a file that leads to another: none may be a link. */
const neverLinks = ['commondir', 'hooks', 'info', 'modules', 'objects', 'worktrees'];

/** What of git's was in a workspace before a command. */
export interface GitBefore {
  repositories: readonly SubRepository[];
  /** Folders of the workspace's own repository. */
  own: readonly string[];
  left: GitLeft;
}

/** Looks at what of git's is in a workspace; a real path. */
export async function gitBefore(workspace: string): Promise<GitBefore> {
  const [repositories, { folders: own }] = await Promise.all([subRepositories(workspace), gitFoldersOf(workspace)]);
  return { repositories, own, left: await gitLeftIn(workspace, [...own, ...foldersOf(repositories)]) };
}

/** Disarms what is there now and was not before. @returns what was taken away, for the model; null: nothing */
export async function disarmNew(workspace: string, before: GitBefore): Promise<string | null> {
  const known = new Set(foldersOf(before.repositories));
  const pointers = new Set(before.repositories.map(({ pointer }) => pointer));
  const found = await subRepositories(workspace, openUp);
  const taken: string[] = [];
  const unreached = new Set<string>();
  let count = 0;
  const fresh = new Set(foldersOf(found).filter((each) => !known.has(each)));
  for (const folder of [...fresh]) for (const module of await modulesOf(workspace, folder)) fresh.add(module);
  for (const folder of fresh) {
    const names = await disarm(workspace, folder, count++ < mostRead).catch(() => takeWhole(workspace, folder));
    if (names === null) unreached.add(folder);
    taken.push(...(names ?? []).map((name) => `${name} of ${folder || 'the workspace'}`));
  }
  for (const { pointer, folders } of found) {
    if (pointer === null || pointers.has(pointer)) continue;
    if (folders.length > 0 && !folders.some((folder) => unreached.has(folder))) continue;
    taken.push(...((await takeWhole(workspace, pointer)) ?? []));
  }
  taken.push(...(await takeLeft(workspace, [...before.own, ...foldersOf(found)], before.left)));
  if (taken.length === 0) return null;
  const rest = taken.length > 20 ? `, and ${taken.length - 20} more` : '';
  return `Taken back, as git would run or follow it outside of the sandbox: ${taken.slice(0, 20).join(', ')}${rest}`;
}

function foldersOf(repositories: readonly SubRepository[]): string[] {
  return repositories.flatMap(({ folders }) => folders);
}

/** Repositories of submodules that nothing leads to yet. */
async function modulesOf(workspace: string, folder: string): Promise<string[]> {
  const modules = path.join(folder, 'modules');
  if (kindOf(path.join(workspace, modules)) !== 'folder') return [];
  const found = await subRepositories(path.join(workspace, modules), openUp);
  return foldersOf(found).map((each) => path.join(modules, each));
}

async function disarm(workspace: string, name: string, isRead: boolean): Promise<string[]> {
  const parts = name === '' ? [] : name.split('/');
  await openUpTo(workspace, parts);
  const folder = await openFolder(workspace, parts);
  try {
    const taken: string[] = [];
    for (const each of neverLinks)
      if (await isLink(folder, each)) taken.push(await unlink(folder.at(each)).then(() => each));
    // What is too long to be looked at leads somewhere all the same.
    if ((await sizeOf(folder, 'commondir')) > longestPointer)
      taken.push(await unlink(folder.at('commondir')).then(() => 'commondir'));
    for (const each of ['config', 'config.worktree'])
      taken.push(...(await disarmConfig(workspace, folder, each, isRead)));
    return [...taken, ...(await disarmHooks(workspace, [...parts, 'hooks']))];
  } finally {
    await folder.handle.close();
  }
}

/** What cannot be disarmed, or looked into, loses its name. @returns null: nor can it do that */
async function takeWhole(workspace: string, name: string): Promise<string[] | null> {
  const parts = name.split('/');
  const folder = await openFolder(workspace, parts.slice(0, -1)).catch(() => undefined);
  if (!folder || name === '') return null;
  try {
    await rename(folder.at(parts.at(-1)), folder.at(`${parts.at(-1)}.${randomUUID().slice(0, 8)}.disarmed`));
    return [name];
  } catch {
    return null;
  } finally {
    await folder.handle.close();
  }
}

async function sizeOf(folder: Folder, name: string): Promise<number> {
  return (await lstat(folder.at(name)).catch(() => undefined))?.size ?? 0;
}

async function isLink(folder: Folder, name: string): Promise<boolean> {
  return (await lstat(folder.at(name)).catch(() => undefined))?.isSymbolicLink() ?? false;
}

async function disarmConfig(workspace: string, folder: Folder, name: string, isRead: boolean): Promise<string[]> {
  if (!(await lstat(folder.at(name)).catch(() => undefined))) return [];
  const text = isRead ? await readPlain(workspace, path.join(folder.relative, name), longestConfig) : null;
  const clean = text === null ? { text: emptyConfig, taken: [name] } : await withoutPrograms(String(text), name);
  if (clean.taken.length === 0) return [];
  // In one step: a link, a pipe, or a command that still runs, may be in the way.
  const draft = `${name}.${randomUUID()}`;
  await writeFile(folder.at(draft), clean.text, { flag: 'wx' });
  await rename(folder.at(draft), folder.at(name));
  return clean.taken;
}

/** A configuration without what D1 takes out, and the keys of that. */
async function withoutPrograms(text: string, name: string): Promise<{ text: string; taken: string[] }> {
  const own = mkdtempSync(path.join(tmpdir(), 'gaffer-config-'));
  try {
    const file = path.join(own, 'config');
    writeFileSync(file, text);
    const config = (...args: string[]) => gitIn(own, git)('config', '--file', file, '--no-includes', ...args);
    const armedKeys = async (): Promise<string[]> => {
      const entries = (await config('--null', '--list')).split('\0').filter((entry) => entry !== '');
      return [...new Set(entries.flatMap(armedKey))];
    };
    const taken = await armedKeys();
    for (const key of taken) await config('--unset-all', key);
    if ((await armedKeys()).length > 0) return { text: emptyConfig, taken };
    return { text: await readFile(file, 'utf8'), taken };
  } catch {
    return { text: emptyConfig, taken: [name] };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** The key of `key`, a line break and its value, when it may not stay. */
function armedKey(entry: string): string[] {
  const [key, ...value] = entry.split('\n') as [string, ...string[]];
  const isHarmless = harmless.some((pattern) => pattern.test(key));
  return isHarmless || (leadsSomewhere.test(key) && plainAddress.test(value.join('\n'))) ? [] : [key];
}

async function disarmHooks(workspace: string, parts: readonly string[]): Promise<string[]> {
  await openUp(workspace, parts.join('/'));
  const folder = await openFolder(workspace, parts).catch(() => undefined);
  if (!folder) return [];
  try {
    const taken: string[] = [];
    for (const name of await readdir(folder.at())) {
      const about = await lstat(folder.at(name)).catch(() => undefined);
      if (!about || /\.(sample|disarmed)$/.test(name)) continue;
      if (!about.isSymbolicLink() && !(about.isFile() && (about.mode & 0o111) !== 0)) continue;
      await rename(folder.at(name), folder.at(`${name}.disarmed`));
      taken.push(`hooks/${name}`);
    }
    return taken;
  } finally {
    await folder.handle.close();
  }
}
