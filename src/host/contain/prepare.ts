import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileDescriptorOf, infoDescriptor } from '../guarded-process.ts';
import { guardWorkspace, type PreparedShell } from '../sandbox/guard-workspace.ts';
import { livingSockets } from '../sandbox/living-sockets.ts';
import type { ShellSettings } from '../sandbox/sandbox.ts';
import { openHostPort } from './host-port.ts';
import { openOwnFolders, type OwnFolders } from './own-folders.ts';
import type { ProxiedLine } from './proxy.ts';
import { insidePorts, relayInside, relaySource, socketsInside } from './relay.ts';
import { openWays, socketName, type Ways } from './ways.ts';

/** A program that is not ours, and what it finds. */
export interface PlacedProgram {
  argv: readonly string[];
  /** Variables that it is given, which no list of processes shows. HOME, TMPDIR, PATH and those of the proxy are set besides. */
  env: Readonly<Record<string, string>>;
  /** The folder that it works in. */
  folder: string;
  /** Folders of it that may be written, from there down: its lease; null: all of it. */
  writable: readonly string[] | null;
  /** Folders of a repository outside of it, besides what its `.git` leads to; to read. */
  gitFolders: readonly string[];
  /** Its home, kept between programs of one attempt. What lies in `/tmp` is on its disk, and goes when the program ends. */
  home: string;
  /** Folders and files that it finds to read, such as where it is installed. */
  reads: readonly string[];
  /** The Unix socket that the gateway's port inside leads to; null: to none. */
  gateway: { socket: string } | null;
  /** Hosts that it may reach through our proxy: `api.example.com`, `*.example.com`, `example.com:8080`. */
  hosts: readonly string[];
  /** Hears of each request to the proxy. */
  onProxied?: (line: ProxiedLine) => void;
}

/** Makes a program ready to be started in the sandbox. @throws JailError; the operating system's error */
export async function prepareContained(
  { shell, allow }: { shell: ShellSettings; allow: readonly string[] },
  program: PlacedProgram,
): Promise<PreparedShell> {
  const own = await openOwnFolders(program.home);
  const ways = await openWays({ ...program, allow }).catch(undoing(() => own.sweep()));
  const undo = () => ways.close().then(() => own.sweep());
  const prepared = await guard(shell, program, { own, ways }).catch(undoing(undo));
  const cleanUp = async (): Promise<string | null> => {
    try {
      return await prepared.cleanUp();
    } finally {
      await undo();
    }
  };
  return { run: prepared.run, cleanUp };
}

/** The same where programs run without one: guarded, and nothing held back. @throws the operating system's error */
export async function prepareUncontained(program: PlacedProgram): Promise<PreparedShell> {
  const own = await openOwnFolders(program.home);
  const sweep = () => own.sweep();
  const port = program.gateway && (await openHostPort(program.gateway.socket).catch(undoing(sweep)));
  const env = { ...program.env, PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', HOME: own.home };
  return {
    run: { argv: [...program.argv], cwd: program.folder, env: { ...env, TMPDIR: own.temporary }, canLeave: true },
    cleanUp: async () => {
      await port?.close();
      await sweep();
      return null;
    },
  };
}

/** Takes back what was made before something failed. */
function undoing(undo: () => Promise<void>): (error: unknown) => Promise<never> {
  return async (error) => {
    await undo();
    throw error;
  };
}

async function guard(
  shell: ShellSettings,
  { argv, env, folder, writable, gitFolders, reads }: PlacedProgram,
  { own, ways }: { own: OwnFolders; ways: Ways },
): Promise<PreparedShell> {
  const files = [hostsFile, ...(ways.folder === null ? [] : [relaySource])];
  const mounts = [
    ...gitFolders.flatMap(readOnlyGit),
    ...['--hostname', hostName, '--ro-bind-data', String(fileDescriptorOf(0)), '/etc/hosts'],
    ...(ways.folder === null
      ? []
      : ['--ro-bind', ways.folder, socketsInside, '--ro-bind-data', String(fileDescriptorOf(1)), relayInside]),
    ...['--info-fd', String(infoDescriptor)],
  ];
  const ports = ways.names.map((name) => [insidePorts[name], path.join(socketsInside, socketName(name))]);
  const relay =
    ways.folder === null ? [] : [process.execPath, relayInside, JSON.stringify(Object.fromEntries(ports)), '--'];
  const prepared = await guardWorkspace(shell, {
    ...{ workspace: await realpath(folder), writable, reads },
    shell: [...relay, ...argv],
    secrets: { ...(ways.names.includes('proxy') ? proxyVariables : {}), ...env },
    own: { home: own.home, temporary: own.temporary, mounts },
  });
  return { ...prepared, run: { ...prepared.run, files: files.map((text) => Buffer.from(text)) } };
}

const hostName = 'gaffer';
const hostsFile = `127.0.0.1 localhost ${hostName}\n::1 localhost\n`;

const proxy = `http://127.0.0.1:${insidePorts.proxy}`;
const direct = 'localhost,127.0.0.1,::1';
/** By the names that programs know; Node asks for a word of its own. */
const proxyVariables: Readonly<Record<string, string>> = {
  ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy },
  ...{ NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: '1' },
};

// A monitor of files that answers there would do for the program what it cannot.
function readOnlyGit(folder: string): string[] {
  const sockets = livingSockets(folder).map((name) => path.join(folder, name));
  return ['--ro-bind', folder, folder, ...sockets.flatMap((file) => ['--ro-bind', '/dev/null', file])];
}
