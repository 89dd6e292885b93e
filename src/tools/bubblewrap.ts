import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

// Descriptors that runShell opens: empty files.
const emptyFiles = [4, 5];
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];
const etcFiles = [
  'alternatives',
  'ca-certificates',
  'group',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'passwd',
  'pki/tls/certs',
  'ssl/certs',
  'ssl/openssl.cnf',
];

// Of a repository: what makes git run commands. On the host, where the next git command of the user would run them.
const gitTriggers = ['hooks', 'config', 'config.worktree', 'info/attributes', 'modules'];

/**
 * The command line that runs a shell command so that it sees the system read-only, the workspace, and nothing else:
 * no network, no other processes, no environment, no capabilities.
 *
 * `isHardened` adds what only newer versions know. `shell` is bash, or sh where there is none.
 */
export async function bubblewrapCommand(options: {
  bwrapPath: string;
  isHardened: boolean;
  workspace: string;
  shell: readonly string[];
}): Promise<string[]> {
  const workspace = await realpath(options.workspace);
  const masks = await maskArguments(workspace);
  const nodeFolder = path.dirname(process.execPath);
  return [
    options.bwrapPath,
    '--unshare-all',
    ...(options.isHardened ? ['--unshare-user', '--disable-userns'] : []),
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--clearenv',
    ...systemArguments(),
    ...(options.isHardened ? ['--size', String(512 * 1024 * 1024)] : []),
    '--tmpfs',
    '/tmp',
    '--proc',
    '/proc',
    // Run by root, a command owns the files of /proc/sys even without capabilities: the host's core_pattern, for one.
    '--remount-ro',
    '/proc',
    '--dev',
    '/dev',
    ...readOnly(nodeFolder),
    ...readOnly(path.join(nodeFolder, '../lib/node_modules')),
    '--bind',
    workspace,
    workspace,
    ...masks,
    '--chdir',
    workspace,
    ...environmentArguments(nodeFolder),
    '--',
    ...options.shell,
  ];
}

function readOnly(folder: string): string[] {
  return folder.startsWith('/usr/') ? [] : ['--ro-bind-try', folder, folder];
}

function systemArguments(): string[] {
  const folders = systemFolders.filter(existsSync).flatMap((folder) => {
    if (lstatSync(folder).isSymbolicLink()) return ['--symlink', readlinkSync(folder), folder];
    return ['--ro-bind', folder, folder];
  });
  const files = etcFiles.map((file) => `/etc/${file}`).flatMap((file) => ['--ro-bind-try', file, file]);
  return [...folders, ...files];
}

function environmentArguments(nodeFolder: string): string[] {
  const folders = [...new Set([nodeFolder, '/usr/local/bin', '/usr/bin', '/bin'])];
  const variables = { PATH: folders.join(':'), HOME: '/tmp', LANG: 'C.UTF-8', TERM: 'dumb', GIT_CONFIG_NOSYSTEM: '1' };
  return Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
}

// These come after the workspace's own mount, which would otherwise lie over them.
async function maskArguments(workspace: string): Promise<string[]> {
  const masks: string[] = [];
  const git = path.join(workspace, '.git');
  if (await isKind(git, 'folder')) {
    // A missing folder of hooks could be made by the command, and then holds hooks.
    await mkdir(path.join(git, 'hooks'), { recursive: true });
    // A folder can be renamed while parts of it are covered, unless it is a mount itself.
    for (const folder of [git, path.join(git, 'info')]) masks.push('--bind-try', folder, folder);
    for (const name of gitTriggers) masks.push('--ro-bind-try', path.join(git, name), path.join(git, name));
  } else if (await isKind(git, 'file')) {
    masks.push('--ro-bind', git, git);
  }
  const gaffer = path.join(workspace, '.gaffer');
  if (await isKind(gaffer, 'folder')) masks.push('--tmpfs', gaffer);
  for (const [index, name] of ['.env', '.env.local'].entries()) {
    const file = path.join(workspace, name);
    if (await isKind(file, 'file')) masks.push('--ro-bind-data', String(emptyFiles[index]), file);
  }
  return masks;
}

async function isKind(name: string, kind: 'file' | 'folder'): Promise<boolean> {
  const found = await stat(name).catch(() => undefined);
  return found !== undefined && (kind === 'file' ? found.isFile() : found.isDirectory());
}
