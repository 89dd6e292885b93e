import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path lies below a folder, by their words alone: links count as what they are called. */
export function isBelow(file: string, folder: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
