/*
 * A commit of somebody's repository, read without ever being checked out: so no hook, filter, attribute or submodule of it takes part.
 * G1 The commit is named in full: what was looked at is what is kept.
 * G2 Only https, ssh and file: `ext::` and the like would run a program. Nothing that git would take for an option.
 * G3 It is fetched into a repository of our own that is gone afterwards, checked on its way, bounded in size and time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { gitIn, type Git } from '../../host/git.ts';
import type { Brought, Listed } from './brought-files.ts';
import { wantedOf } from './brought-files.ts';

/** A repository and a commit of it. */
export interface CommitSource {
  url: string;
  commit: string;
}

const schemes = ['https:', 'ssh:', 'file:'];
const timeoutMs = 120_000;
/** 64 MB, in blocks of 512 bytes. */
const mostBlocks = 131_072;

/** `URL@COMMIT` taken apart; null: it is no address of a repository. @throws UsageError when it is one that is not taken */
export function toCommitSource(source: string): CommitSource | null {
  const at = /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)[^:]/.exec(source);
  if (!source.includes('://') && !source.includes('::') && !at) return null;
  const [, address, commit] = /^(.+?)@([0-9a-f]{40}|[0-9a-f]{64})$/.exec(source) ?? [];
  if (address === undefined || commit === undefined)
    throw new UsageError(`${safeLine(source)}: name the commit in full: URL@${'0123abcd'.repeat(5)}.`); // G1
  const url = toUrl(at ? `ssh://${address.replace(':', '/')}` : address);
  if (url === null || !schemes.includes(url.protocol) || /[\p{Cc}\s]/u.test(address) || url.hostname.startsWith('-'))
    throw new UsageError(`${safeLine(address)}: a repository is fetched by https, ssh or file alone.`); // G2
  if (url.password !== '' || (url.username !== '' && url.protocol === 'https:'))
    throw new UsageError(
      'an address holds no name or password here: it would be kept. Use ssh for a private repository.',
    );
  return { url: url.href, commit };
}

/** What a commit holds. @throws UsageError when it cannot be had, or breaks a bound */
export async function readCommit({ url, commit }: CommitSource): Promise<Brought> {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-template-'));
  const inOrder = undoneAtExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const env = {
      GIT_ALLOW_PROTOCOL: 'https:ssh:file',
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
      GIT_LFS_SKIP_SMUDGE: '1',
    };
    const git = gitIn(folder, { timeoutMs, env, mostBlocks });
    await git('init', '--quiet', '--template=');
    await fetchCommit(git, { url, commit });
    const listed = await listCommit(git, commit);
    const files = [];
    for (const { path, id } of wantedOf(listed) as (Listed & { id: string })[])
      files.push({ path, content: `${await git('cat-file', 'blob', id)}\n` });
    const name = url
      .replace(/(?:\.git)?\/*$/, '')
      .split('/')
      .at(-1)!;
    return { source: url, commit, name, files, leftOut: listed.length - files.length };
  } finally {
    inOrder();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchCommit(git: Git, { url, commit }: CommitSource): Promise<void> {
  const checked = ['-c', 'fetch.fsckObjects=true', '-c', 'protocol.version=2'];
  const how = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--filter=blob:limit=300k'];
  try {
    await git(...checked, 'fetch', ...how, '--end-of-options', url, commit);
    await git('cat-file', '-e', `${commit}^{commit}`);
  } catch (error) {
    const { stderr = '', killed } = error as { stderr?: string; killed?: boolean };
    const lines = stderr.split('\n').map((line) => line.trim());
    const first = lines.find((line) => /^(?:fatal|error|remote error):/.test(line)) ?? lines[0]!;
    const said = killed ? `no answer in ${timeoutMs / 1000} s` : first;
    throw new UsageError(`${safeLine(url)}: the commit ${commit.slice(0, 12)} cannot be fetched: ${safeLine(said)}`, {
      cause: error,
    });
  }
}

async function listCommit(git: Git, commit: string): Promise<(Listed & { id: string })[]> {
  const text = await git('ls-tree', '-r', '-z', '-l', '--full-tree', commit).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') throw error;
    throw new UsageError(`the commit ${commit.slice(0, 12)} has too many files to be looked through.`, {
      cause: error,
    });
  });
  const lines = text.split('\0').filter(Boolean);
  return lines.flatMap((line) => {
    const [, mode, id, bytes, path] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-|BAD)\t(.*)$/s.exec(line) ?? [];
    if (mode === undefined) return [];
    const kind = mode === '120000' ? 'link' : mode.startsWith('100') ? 'file' : 'other';
    return [{ path: path!, id: id!, kind, bytes: bytes === '-' ? 0 : bytes === 'BAD' ? Infinity : Number(bytes) }];
  });
}

function toUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
