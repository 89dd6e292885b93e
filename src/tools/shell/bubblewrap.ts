import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { coverWorkspace } from './workspace-cover.ts';

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

/**
 * The command line that runs a shell command so that it sees the system read-only, the workspace, and nothing else:
 * no network, no other processes, no environment, no capabilities.
 *
 * `isHardened` adds what only newer versions know. `shell` is bash, or sh where there is none. `env` is all that it finds in its
 * environment besides what programs need.
 *
 * @throws JailError when the workspace's repository cannot be guarded
 */
export async function bubblewrapCommand(options: {
  bwrapPath: string;
  isHardened: boolean;
  workspace: string;
  shell: readonly string[];
  env?: Readonly<Record<string, string>>;
}): Promise<string[]> {
  const workspace = await realpath(options.workspace);
  const cover = await coverWorkspace(workspace);
  const nodeFolder = path.dirname(process.execPath);
  return [
    options.bwrapPath,
    ...isolationArguments(options.isHardened),
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
    ...cover.mounts,
    '--chdir',
    workspace,
    ...environmentArguments(nodeFolder, options.env ?? {}),
    '--',
    ...cover.check,
    ...options.shell,
  ];
}

function isolationArguments(isHardened: boolean): string[] {
  const hardened = isHardened ? ['--unshare-user', '--disable-userns'] : [];
  return ['--unshare-all', ...hardened, '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'];
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

function environmentArguments(nodeFolder: string, env: Readonly<Record<string, string>>): string[] {
  const folders = [...new Set([nodeFolder, '/usr/local/bin', '/usr/bin', '/bin'])];
  const variables = { PATH: folders.join(':'), HOME: '/tmp', LANG: 'C.UTF-8', TERM: 'dumb', GIT_CONFIG_NOSYSTEM: '1' };
  return Object.entries({ ...env, ...variables }).flatMap(([name, value]) => ['--setenv', name, value]);
}
