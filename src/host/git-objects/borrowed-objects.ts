import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitIn } from '../git.ts';
import { undoneAtExit } from '../exit/undone-at-exit.ts';

/**
 * Does something in an empty bare repository of our own, whose objects are those of the repository around a folder.
 *
 * Agents can write to that one, and a filter, a driver or an attribute that it names is a program: so neither its configuration nor its
 * files are read. @throws Error of git, when there is no repository that can be used
 */
export async function withBorrowedObjects<Result>(
  folder: string,
  { timeoutMs, prefix }: { timeoutMs: number; prefix: string },
  work: (own: string) => Promise<Result>,
): Promise<Result> {
  const there = gitIn(folder, { timeoutMs });
  const own = mkdtempSync(join(tmpdir(), prefix));
  const inOrder = undoneAtExit(() => rmSync(own, { recursive: true, force: true }));
  try {
    const objects = await there('rev-parse', '--path-format=absolute', '--git-path', 'objects');
    const format = await there('rev-parse', '--show-object-format');
    await gitIn(own, { timeoutMs })('init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.');
    mkdirSync(join(own, 'objects', 'info'), { recursive: true });
    writeFileSync(join(own, 'objects', 'info', 'alternates'), `${objects}\n`);
    return await work(own);
  } finally {
    inOrder();
    rmSync(own, { recursive: true, force: true });
  }
}
