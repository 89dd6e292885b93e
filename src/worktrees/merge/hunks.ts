import type { Git } from '../../host/git.ts';

const aroundLines = 3;
const longestFile = 1024 * 1024;
const longestHunks = 12_000;
const start = /^<{7} /;
const end = /^>{7} /;

/** The conflicting parts of files of a tree, with their markers and some lines around: as many as there is room for. @throws Error of git */
export async function readHunks(git: Git, tree: string, files: readonly string[]): Promise<string> {
  let text = '';
  for (const file of files) {
    const hunks = await hunksOf(git, tree, file);
    const part = `--- ${file}\n${hunks}\n`;
    if (text.length + part.length > longestHunks) return `${text}(more is not shown)\n`;
    text += part;
  }
  return text;
}

async function hunksOf(git: Git, tree: string, file: string): Promise<string> {
  // One side took the file away, or it is no file on one of them: then there are no lines to show.
  const size = Number(await git('cat-file', '-s', `${tree}:${file}`).catch(() => '-1'));
  if (size < 0) return '(one side removed or replaced it)';
  if (size > longestFile) return '(too large to show)';
  const content = await git('cat-file', 'blob', `${tree}:${file}`);
  const hunks = conflictHunks(content);
  return hunks === '' ? '(no text, or removed on one side: one of the two has to be chosen)' : hunks;
}

/**
 * Lines of a text between conflict markers, these included, with some around them; `…` where lines are left out.
 *
 * @internal
 */
export function conflictHunks(content: string): string {
  const lines = content.split('\n');
  const shown = new Set<number>();
  let from: number | null = null;
  lines.forEach((line, index) => {
    if (start.test(line)) from ??= index;
    if (from === null || !end.test(line)) return;
    for (let at = Math.max(0, from - aroundLines); at <= Math.min(lines.length - 1, index + aroundLines); at++) {
      shown.add(at);
    }
    from = null;
  });
  return [...shown].flatMap((at) => (at > 0 && !shown.has(at - 1) ? ['…', lines[at]!] : [lines[at]!])).join('\n');
}
