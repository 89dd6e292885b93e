import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { UsageError } from '../../domain/errors.ts';

/**
 * The workflow that an assistant may start: a file of the folder where the server stands, links followed, or else the name of a template.
 *
 * @throws UsageError when it lies outside
 */
export function checkWorkflow(cwd: string, named: string): string {
  const path = resolve(cwd, named);
  if (!existsSync(path)) {
    if (/^[\w-]+$/.test(named)) return named;
    throw new UsageError(`there is no file ${named} below this folder.`);
  }
  const inside = relative(realpathSync(cwd), realpathSync(path));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || resolve(inside) === inside)
    throw new UsageError(
      `${named} is not below this folder: an assistant starts workflows of the folder that it works in.`,
    );
  return path;
}
