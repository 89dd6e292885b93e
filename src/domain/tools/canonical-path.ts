/*
 * How a path that somebody wrote is read as components from the workspace down. The jail of the tool and the rules of a policy read it
 * here, so what a rule means and what is opened are one thing. Links are the jail's to follow.
 */

/** Why a text names nothing in the workspace. */
export type PathRefusal = 'nul' | 'too-long' | 'absolute' | 'home' | 'elsewhere' | 'above';

/** Components of a path from the workspace down. `roots` are the absolute paths that the workspace has. */
export function toPathParts(text: string, roots: readonly string[]): string[] | PathRefusal {
  if (text.includes('\0')) return 'nul';
  if (new TextEncoder().encode(text).length > 4096) return 'too-long';
  if (/^[a-zA-Z]:/.test(text) || text.startsWith('\\\\')) return 'absolute';
  if (text.startsWith('~')) return 'home';
  let relative = text;
  if (text.startsWith('/')) {
    const root = roots.find((folder) => text === folder || text.startsWith(`${folder}/`));
    if (root === undefined) return 'elsewhere';
    relative = text.slice(root.length + 1);
  }
  const parts: string[] = [];
  for (const part of relative.split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return 'above';
  }
  return parts;
}

/** A path of a rule, with its stars, in the form that {@link toPathParts} gives: `./src//*` is `src/*`. A `..` after a star stays. */
export function plainPath(path: string): string {
  if (!/[/\\]|^\.+$/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    const before = parts.at(-1);
    if (part === '..' && before !== undefined && before !== '..' && !/[*?]/.test(before)) parts.pop();
    else parts.push(part);
  }
  return (/^[/\\]/.test(path) ? '/' : '') + parts.join('/') || '.';
}
