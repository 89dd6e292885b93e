import { isAbsolute, resolve } from 'node:path';
import { isFolder } from '../../definition/source/is-folder.ts';
import { quoted } from '../../definition/source/diagnostic.ts';
import { UsageError } from '../../domain/errors.ts';
import { checkFolder } from './check-folder.ts';

/** What `agents` says: folders with agents, absolute, and names of those that are chosen. */
interface ChosenAgents {
  folders: string[];
  names: string[];
}

/**
 * Tells folders from lists of names (`manager,backend-dev`): what is no folder is such a list.
 *
 * @throws UsageError for a path where there is no folder, and for what can be no name
 */
export function chosenAgents(cwd: string, given: readonly string[]): ChosenAgents {
  const folders: string[] = [];
  const names = new Set<string>();
  for (const each of given) {
    const path = resolve(cwd, each);
    if (each !== '' && isFolder(path)) folders.push(path);
    else if (isAbsolute(each) || /^[.~]|[/\\]$/.test(each)) checkFolder('`agents`', path);
    else for (const name of namesIn(each)) names.add(name);
  }
  return { folders, names: [...names] };
}

function namesIn(list: string): string[] {
  return list.split(',').map((each) => {
    const name = each.trim();
    if (name !== '' && name.length <= 200 && !/\p{Cc}|\.\./u.test(name)) return name;
    throw new UsageError(`\`agents\`: ${quoted(name)} in ${quoted(list)} is no name of an agent.`);
  });
}
