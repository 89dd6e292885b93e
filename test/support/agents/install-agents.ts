import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCacheDir } from '../../../src/config/user-cache-dir.ts';

/** Coding agents as their makers publish them, and what makes one of them speak ACP. */
export type AgentName = 'claude' | 'codex' | 'pi' | 'claude-agent-acp';

interface Batch {
  /** Where its package and lock stand: versions and checksums. */
  folder: string;
  names: readonly AgentName[];
  args: readonly string[];
}

const batches: readonly Batch[] = [
  { folder: 'programs', names: ['claude', 'codex', 'pi'], args: [] },
  // It brings a claude of its own, which is 250 MB: it is given the other one.
  { folder: 'adapter', names: ['claude-agent-acp'], args: ['--omit=optional'] },
];
const here = fileURLToPath(new URL('.', import.meta.url));

/** The folder in which programs of this name stand; null: they are not installed. */
export function folderOf(name: AgentName): string | null {
  const folder = placeOf(batches.find(({ names }) => names.includes(name))!);
  return existsSync(folder) ? path.join(folder, 'bin') : null;
}

/** Installs what is missing into the user's cache. @returns what keeps it from that; null: all is there */
export function installAgents(): string | null {
  for (const batch of batches) {
    const problem = existsSync(placeOf(batch)) ? null : install(batch);
    if (problem !== null) return problem;
  }
  return null;
}

// Other versions have another place, so nothing is ever changed that somebody uses.
function placeOf({ folder }: Batch): string {
  const lock = readFileSync(path.join(here, folder, 'package-lock.json'));
  const version = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  return path.join(userCacheDir(), 'agents', `${folder}-${version}`);
}

function install(batch: Batch): string | null {
  const place = placeOf(batch);
  console.error(`Installs ${batch.names.join(', ')}, once: a few minutes, up to 1 GB …`);
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
  const draft = mkdtempSync(`${place}.`);
  try {
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(path.join(here, batch.folder, file), path.join(draft, file));
    const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...batch.args];
    if (spawnSync('npm', npm, { cwd: draft, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0)
      return `npm could not install ${batch.names.join(', ')}.`;
    if (batch.names.includes('claude') && !placeClaude(draft)) return 'claude could not be put into its place.';
    link(draft, batch.names);
    renameSync(draft, place);
    return null;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

// As npm does for programs of the whole machine: none is ever run out of a node_modules.
function link(draft: string, names: readonly AgentName[]): void {
  mkdirSync(path.join(draft, 'bin'));
  for (const name of names) symlinkSync(path.join('..', 'node_modules', '.bin', name), path.join(draft, 'bin', name));
}

// Its own script links the program for this machine. It runs as all of these do: without a network.
function placeClaude(draft: string): boolean {
  const cwd = path.join(draft, 'node_modules', '@anthropic-ai', 'claude-code');
  const env = { PATH: process.env['PATH'], HOME: draft };
  return spawnSync('unshare', ['-rn', process.execPath, 'install.cjs'], { cwd, env, stdio: 'ignore' }).status === 0;
}
