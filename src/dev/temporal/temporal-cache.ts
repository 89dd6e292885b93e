import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { runTool } from '../../host/run-tool.ts';
import { serverEnvironment } from '../server-process.ts';

/** A Temporal server that can be started. */
export interface TemporalBinary {
  path: string;
  /** Version of the command line program, such as `1.9.1`: what a data folder is pinned to. */
  version: string;
  /** Version of the server inside, such as `1.32.0`. */
  serverVersion: string;
  /** Where it came from, for people. */
  origin: string;
}

const executable = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const draftsAreDeadAfterMs = 60 * 60_000;

/** What the program at `path` says it is; undefined when it does not run or is something else. */
export async function askVersion(path: string): Promise<Pick<TemporalBinary, 'version' | 'serverVersion'> | undefined> {
  const { code, output } = await runTool(path, ['--version'], {
    timeoutMs: 20_000,
    env: serverEnvironment(process.env),
  });
  const found = /temporal version (\S+) \(Server ([^,)\s]+)/.exec(output);
  return code === 0 && found ? { version: found[1]!, serverVersion: found[2]! } : undefined;
}

/** Every server in the cache, newest first. */
export async function cachedBinaries(cache: string): Promise<TemporalBinary[]> {
  const names = await readdir(join(cache, 'temporal')).catch(() => []);
  const found = names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const about = readJsonFile(join(cache, 'temporal', name, 'about.json')) as Partial<TemporalBinary> | undefined;
      const { version, serverVersion, origin } = about ?? {};
      if (!version || !serverVersion || !origin) return [];
      return [{ path: join(cache, 'temporal', name, executable), version, serverVersion, origin }];
    });
  return found.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }));
}

/**
 * Puts a server into the cache, under its version. All of it appears at once, so that neither a kill nor a second process
 * can leave half a program; when another process was quicker, its copy is used.
 *
 * `fill` writes the program to the path it is given.
 */
export async function addToCache(
  cache: string,
  { origin, version }: { origin: string; version: string | null },
  fill: (path: string) => Promise<void>,
): Promise<TemporalBinary> {
  const root = join(cache, 'temporal');
  await mkdir(root, { recursive: true, mode: 0o700 });
  await removeDeadDrafts(root);
  const draft = join(root, `.draft-${randomUUID()}`);
  await mkdir(draft, { mode: 0o700 });
  try {
    const program = join(draft, executable);
    await fill(program);
    await chmod(program, 0o755);
    await flush(program);
    const asked = await askVersion(program);
    if (!asked) throw new Error('the program does not run on this machine');
    // A build with Go calls itself 0.0.0-DEV: what was asked for is the better word.
    const versions = { ...asked, version: version ?? asked.version };
    writeJsonFile(join(draft, 'about.json'), { ...versions, origin });
    const place = join(root, versions.version);
    const raced = await rename(draft, place).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'EPERM') return true;
        throw error;
      },
    );
    const about = raced ? (await cachedBinaries(cache)).find(({ version }) => version === versions.version) : undefined;
    return about ?? { path: join(place, executable), ...versions, origin };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function removeDeadDrafts(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith('.draft-')) continue;
    const path = join(root, name);
    const about = await stat(path).catch(() => undefined);
    if (about && Date.now() - about.mtimeMs > draftsAreDeadAfterMs) await rm(path, { recursive: true, force: true });
  }
}
