import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from './environment.ts';
import { userConfigDir } from './trust-store.ts';

/** The user's own folders with agents, best first: Gaffer's, then the one of coding assistants. Only those that are there. */
export function userAgentDirs(env: Environment = process.env): string[] {
  const home = env['HOME'] || homedir();
  return [path.join(userConfigDir(env), 'agents'), path.join(home, '.claude', 'agents')].filter(isFolder);
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
