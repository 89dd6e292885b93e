/*
 * R1 Merging reads objects and refs alone: attributes, drivers, filters and replacements of the repository are programs or words of
 *    whoever could write there. So git works in an empty repository of our own, whose objects are the real ones.
 * R2 The real repository is asked for refs, worktrees and single values of its configuration, and told where a branch stands. Nothing else.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gitIn, type Git } from '../../host/git.ts';
import { withScratch } from './scratch.ts';

/** A repository that branches are merged in. */
export interface TrainRepository {
  /** Folder that it was found from. */
  folder: string;
  /** The folder that all its worktrees share, absolute. */
  common: string;
  /**
   * Git on its objects (R1). `env` comes on top: `GIT_INDEX_FILE`, `GIT_WORK_TREE`; `at`: where names of files count from, default: nowhere;
   * `bytes`: what it reads and prints has a character for each byte, as names of files need not be text.
   */
  objects: (env?: Record<string, string>, at?: string, bytes?: { input: string }) => Git;
  /** Git on its refs (R2). */
  refs: Git;
  /** How it names objects: `sha1` or `sha256`. */
  format: string;
  /** A private folder that goes away with it. */
  scratch: string;
  /** Values of its configuration, by name in small letters; only those that run no program. */
  settings: ReadonlyMap<string, string>;
}

const timeoutMs = 120_000;
const ourName = 'gaffer';
const ourAddress = 'gaffer@localhost';

// They say what files are called and how they are written, and name no program.
const believed = ['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.precomposeunicode', 'core.autocrlf'];
const passedOn = [...believed, 'core.eol', 'core.sharedrepository'];

/**
 * Does something with the repository around a folder.
 *
 * @throws Error of git, when there is none that can be used
 */
export async function withTrainRepository<Result>(
  folder: string,
  work: (repository: TrainRepository) => Promise<Result>,
): Promise<Result> {
  const refs = gitIn(folder, { timeoutMs });
  return withScratch(folder, async (scratch) => {
    const asked = ['--git-common-dir', '--git-path', 'objects', '--show-object-format'];
    const [told, settings] = await Promise.all([
      refs('rev-parse', '--path-format=absolute', ...asked),
      readSettings(refs),
    ]);
    const [common = '', store = '', format = 'sha1'] = told.split('\n');
    const own = await emptyRepository(path.join(scratch, 'own.git'), format);
    const environment = objectsEnvironment({ own, store, common, settings });
    return work({
      ...{ folder, common, refs, format, scratch, settings },
      objects: (env = {}, at = scratch, bytes) =>
        gitIn(at, { timeoutMs, env: { ...environment, ...env }, ...(bytes && { bytes }) }),
    });
  });
}

// As `git init --bare` makes it, without the cost of starting git for each step of a train.
async function emptyRepository(folder: string, format: string): Promise<string> {
  for (const name of ['objects', 'refs']) await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, 'HEAD'), 'ref: refs/heads/none\n');
  const core = `[core]\n\trepositoryformatversion = ${format === 'sha1' ? 0 : 1}\n\tbare = true\n`;
  const named = format === 'sha1' ? '' : `[extensions]\n\tobjectformat = ${format}\n`;
  await writeFile(path.join(folder, 'config'), core + named);
  return folder;
}

function objectsEnvironment({
  own,
  store,
  common,
  settings,
}: {
  own: string;
  store: string;
  common: string;
  settings: ReadonlyMap<string, string>;
}): Record<string, string> {
  const shallow = path.join(common, 'shallow');
  const given = passedOn.flatMap((key) => (settings.has(key) ? [[key, settings.get(key)!] as const] : []));
  return {
    ...{ GIT_DIR: own, GIT_OBJECT_DIRECTORY: store, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    ...{ GIT_AUTHOR_NAME: ourName, GIT_AUTHOR_EMAIL: ourAddress },
    ...{ GIT_COMMITTER_NAME: ourName, GIT_COMMITTER_EMAIL: ourAddress },
    // A history that was cut off ends where the real repository says.
    ...(existsSync(shallow) && { GIT_SHALLOW_FILE: shallow }),
    GIT_CONFIG_COUNT: String(given.length),
    ...Object.fromEntries(
      given.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

async function readSettings(refs: Git): Promise<Map<string, string>> {
  const listed = await refs('config', '--list', '-z');
  const pairs = listed.split('\0').map((entry): [string, string] => {
    const end = entry.indexOf('\n');
    // A key without a value means true.
    return end < 0 ? [entry.toLowerCase(), 'true'] : [entry.slice(0, end).toLowerCase(), entry.slice(end + 1)];
  });
  const kept = new Set([...passedOn, 'core.sparsecheckout']);
  return new Map(pairs.filter(([key]) => kept.has(key)));
}

/** What git printed and how it ended, where its exit code is an answer. @throws Error of git for any other code */
export async function withCode(
  git: Git,
  codes: readonly number[],
  ...args: string[]
): Promise<{ code: number; out: string }> {
  try {
    return { code: 0, out: await git(...args) };
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    if (typeof code === 'number' && codes.includes(code)) return { code, out: stdout ?? '' };
    throw error;
  }
}
