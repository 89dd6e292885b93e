import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { argumentsDescriptor, filterDescriptor } from '../guarded-process.ts';
import { nothingBelieved, type BelievedCover } from './believed-cover.ts';
import { outsideEnvironment, outsideGitOf, outsideMounts, subfolderScript } from './git-outside.ts';
import { openLease } from './lease.ts';
import { livingSockets } from './living-sockets.ts';
import type { SubRepository } from './sub-repositories.ts';
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

const namesOfHosts = ['hosts', 'resolv.conf', 'ca-certificates.conf'];

/** A command line for one command. Call `release` when it is over. */
export interface SandboxCommand {
  argv: string[];
  release: () => Promise<void>;
}

/** What a command finds in the sandbox; see {@link bubblewrapCommand}. */
interface CommandOptions {
  bwrapPath: string;
  isHardened: boolean;
  isFiltered: boolean;
  /** null: it finds none, and works in an empty folder of its own. */
  workspace: string | null;
  shell: readonly string[];
  env?: Readonly<Record<string, string>>;
  gitParts?: 'covered' | 'kept-up';
  /** Left out for a workspace that nobody believes anything of. */
  believed?: BelievedCover;
  /** Repositories below the workspace, to be covered like its own. */
  below?: readonly SubRepository[];
  /** Whether it may use the network of this machine. */
  hasNetwork?: boolean;
  /** Folders besides that it finds to read. */
  reads?: readonly string[];
  /** Whether more of its environment is read from {@link argumentsDescriptor}. */
  hasHiddenArguments?: boolean;
  /** It keeps the files as a commit, also where the repository lies outside of the workspace. */
  isSnapshot?: boolean;
  /** Folders of the workspace that it may write, from there down (see lease.ts); null: all of it. */
  writable?: readonly string[] | null;
  /** What it has for itself; left out: memory for its files in `/tmp`, which is its home too. */
  own?: OwnPlaces;
}

/** Folders of a program that are nobody else's. All are real paths. */
interface OwnPlaces {
  /** Its home, by the path that it has outside. */
  home: string;
  /** What it finds as `/tmp`. */
  temporary: string;
  /** More mounts, as arguments of bubblewrap. */
  mounts: readonly string[];
}

/**
 * The command line that runs a shell command so that it sees the system read-only, the workspace, and nothing else:
 * no network (unless it may), no other processes, no environment, no capabilities.
 *
 * `isHardened` adds what only newer versions know; with `isFiltered` the filter is read from its descriptor. `shell` is bash, or sh where there is none. `env` is all that it finds in its
 * environment besides what programs need; with `kept-up` it may write what of a repository is kept from commands otherwise.
 *
 * @throws JailError when the workspace's repository cannot be guarded
 */
export async function bubblewrapCommand(options: CommandOptions): Promise<SandboxCommand> {
  const place = options.workspace === null ? nowhere : await openPlace(options.workspace, options);
  const nodeFolder = path.dirname(process.execPath);
  const argv = [
    options.bwrapPath,
    ...isolationArguments(options.isHardened),
    ...(options.hasNetwork ? ['--share-net'] : []),
    ...systemArguments(options.hasNetwork ?? false),
    ...kernelArguments(options.isHardened, options.own),
    ...readOnly(nodeFolder),
    ...readOnly(path.join(nodeFolder, '../lib/node_modules')),
    ...(options.reads ?? []).flatMap((folder) => ['--ro-bind', folder, folder]),
    ...(options.own?.mounts ?? []),
    ...place.mounts,
    // It is memory as well, and has no size.
    '--remount-ro',
    '/',
    ...(options.isFiltered ? ['--seccomp', String(filterDescriptor)] : []),
    '--chdir',
    place.folder,
    ...(options.hasHiddenArguments ? ['--args', String(argumentsDescriptor)] : []),
    ...environmentArguments(nodeFolder, options.own?.home ?? '/tmp', { ...options.env, ...place.env }),
    '--',
    ...place.before,
    ...options.shell,
  ];
  return { argv, release: place.release };
}

/** The folder that a command works in: what shows it, what goes before the command there, and what takes back what was made for it. */
interface Place {
  folder: string;
  mounts: string[];
  env: Readonly<Record<string, string>>;
  before: string[];
  release: () => Promise<void>;
}

const nowhere: Place = { folder: '/tmp', mounts: [], env: {}, before: [], release: () => Promise.resolve() };

async function openPlace(
  named: string,
  { believed = nothingBelieved, gitParts = 'covered', below = [], isSnapshot = false, writable, own }: CommandOptions,
): Promise<Place> {
  const folder = await realpath(named);
  const lease = await openLease(folder, writable ?? null);
  const cover = await coverWorkspace(folder, { believed, gitParts, below, lease });
  const git = await outsideGit(folder, isSnapshot);
  const home = own ? ['--bind', own.home, own.home] : [];
  return {
    folder,
    mounts: [
      ...git.mounts,
      ...[lease === null ? '--bind' : '--ro-bind', folder, folder],
      ...cover.mounts,
      // It may lie in what is covered.
      ...home,
      ...believed.closing,
      ...socketArguments(folder, believed),
    ],
    env: git.env,
    before: [...cover.check, ...git.before],
    release: cover.release,
  };
}

/** What shows the workspace's git where it lies outside; `before` goes before the command. */
async function outsideGit(workspace: string, isSnapshot: boolean) {
  const outside = await outsideGitOf(workspace);
  if (outside === null) return { mounts: [], env: {}, before: [] };
  const isPart = outside.top !== workspace && !isSnapshot;
  return {
    mounts: await outsideMounts(outside, isSnapshot),
    env: outsideEnvironment,
    before: isPart ? ['/bin/sh', '-c', subfolderScript, 'gaffer-git'] : [],
  };
}

function socketArguments(workspace: string, { covered }: BelievedCover): string[] {
  const isCovered = (socket: string): boolean => covered.some((name) => `${socket}/`.startsWith(`${name}/`));
  const open = livingSockets(workspace).filter((socket) => !isCovered(socket));
  return open.map((socket) => path.join(workspace, socket)).flatMap((file) => ['--ro-bind', '/dev/null', file]);
}

const memoryFolderBytes = 512 * 1024 * 1024;

function memoryFolder(folder: string, hasSize: boolean): string[] {
  return [...(hasSize ? ['--size', String(memoryFolderBytes)] : []), '--tmpfs', folder];
}

function isolationArguments(isHardened: boolean): string[] {
  const hardened = isHardened ? ['--unshare-user', '--disable-userns'] : [];
  return ['--unshare-all', ...hardened, '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'];
}

function kernelArguments(isHardened: boolean, own: OwnPlaces | undefined): string[] {
  // They name the keys of whoever runs us, and open for nobody: devices do not work there.
  const keyLists = ['/proc/keys', '/proc/key-users'].filter(existsSync);
  return [
    ...(own ? ['--bind', own.temporary, '/tmp'] : memoryFolder('/tmp', isHardened)),
    ...['--proc', '/proc'],
    ...keyLists.flatMap((file) => ['--ro-bind', '/dev/null', file]),
    // Run by root, a command owns the files of /proc/sys even without capabilities: the host's core_pattern, for one.
    ...['--remount-ro', '/proc'],
    ...['--dev', '/dev'],
    ...memoryFolder('/dev/shm', isHardened),
    ...['--remount-ro', '/dev'],
  ];
}

function readOnly(folder: string): string[] {
  return folder.startsWith('/usr/') ? [] : ['--ro-bind-try', folder, folder];
}

/** Arguments that show the system, read-only: programs, libraries, and what of `/etc` says nothing of this machine's secrets. */
export function systemArguments(hasNetwork: boolean): string[] {
  const folders = systemFolders.filter(existsSync).flatMap((folder) => {
    if (lstatSync(folder).isSymbolicLink()) return ['--symlink', readlinkSync(folder), folder];
    return ['--ro-bind', folder, folder];
  });
  const files = [...etcFiles, ...(hasNetwork ? namesOfHosts : [])]
    .map((file) => `/etc/${file}`)
    .flatMap((file) => ['--ro-bind-try', file, file]);
  return [...folders, ...files];
}

// Packs are read-only: what git would put into one stays loose.
const packLess = {
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'gc.auto',
  GIT_CONFIG_VALUE_0: '0',
  GIT_CONFIG_KEY_1: 'fetch.unpackLimit',
  GIT_CONFIG_VALUE_1: '1000000',
};

function environmentArguments(nodeFolder: string, home: string, env: Readonly<Record<string, string>>): string[] {
  const folders = [...new Set([nodeFolder, '/usr/local/bin', '/usr/bin', '/bin'])];
  const variables = {
    PATH: folders.join(':'),
    HOME: home,
    ...(home === '/tmp' ? {} : { TMPDIR: '/tmp' }),
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    GIT_CONFIG_NOSYSTEM: '1',
    ...packLess,
  };
  return Object.entries({ ...env, ...variables }).flatMap(([name, value]) => ['--setenv', name, value]);
}
