import type { Git } from '../host/git.ts';

/** Those of some files that have conflict markers in a commit. @throws Error of git */
export async function markedFiles(git: Git, commit: string, files: readonly string[]): Promise<string[]> {
  if (files.length === 0) return [];
  const search = ['--literal-pathspecs', 'grep', '-z', '-l', '-E', '^(<{7}|>{7}) ', commit, '--', ...files];
  const said = await git(...search).catch((error: unknown) => {
    // It found none.
    if ((error as { code?: unknown }).code === 1) return '';
    throw error;
  });
  return said.split('\0').flatMap((name) => (name === '' ? [] : [name.slice(commit.length + 1)]));
}
