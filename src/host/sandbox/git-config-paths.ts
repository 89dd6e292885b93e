import { homedir } from 'node:os';
import path from 'node:path';
import { readPlain } from '../jail/plain-file.ts';

const maxPaths = 50;
const section = /^\s*\[([^\]\s"]*)/;
// A quoted value may hold anything but a quote; one without ends at a comment.
const setting = /^\s*(?:\[[^\]]*\]\s*)?(\w+)\s*=\s*(?:"([^"]*)"|([^#;]*))/;
const isFolderBySetting: Readonly<Record<string, boolean>> = {
  'core.hookspath': true,
  'core.attributesfile': false,
  'include.path': false,
  'includeif.path': false,
};

/** A path from the workspace down. */
export interface ConfiguredPath {
  name: string;
  isFolder: boolean;
}

/**
 * What in the workspace the configuration of a repository has git read commands from: hooks, attributes, more configuration.
 *
 * @param top where its files are, from the workspace down
 */
export async function configuredPaths(workspace: string, gitFolder: string, top = ''): Promise<ConfiguredPath[]> {
  const found = new Map<string, ConfiguredPath>();
  const pending = ['config', 'config.worktree'].map((name) => path.join(gitFolder, name));
  for (const file of pending) {
    for (const { key, value } of settingsOf(String((await readPlain(workspace, file)) ?? ''))) {
      const isFolder = isFolderBySetting[key];
      if (isFolder === undefined || value === '') continue;
      const base = key.endsWith('.path') ? path.dirname(path.join(workspace, file)) : path.join(workspace, top);
      const absolute = path.resolve(base, value.replace(/^~(?=\/)/, homedir()));
      const name = path.relative(workspace, absolute);
      const isInside = name !== '' && name !== '..' && !name.startsWith('../');
      if (!isInside || found.has(name) || found.size === maxPaths) continue;
      found.set(name, { name, isFolder });
      if (key.endsWith('.path')) pending.push(name);
    }
  }
  return [...found.values()];
}

/** Settings of a configuration file, in their order; names of subsections are left out. */
export function settingsOf(text: string): { key: string; value: string }[] {
  let current = '';
  return text.split('\n').flatMap((line) => {
    current = section.exec(line)?.[1]?.toLowerCase() ?? current;
    const [, name, quoted, plain] = setting.exec(line) ?? [];
    return name ? [{ key: `${current}.${name.toLowerCase()}`, value: (quoted ?? plain ?? '').trim() }] : [];
  });
}
