import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { userCacheDir } from '../../../src/config/user-cache-dir.ts';

/** Which Temporal server is built: the one inside the embedded program. */
export const temporalVersion = '1.32.0';

/** Programs of a Temporal server as operators run it. */
export interface TemporalPrograms {
  server: string;
  /** Makes databases and their schema. */
  sqlTool: string;
}

const goModule = 'go.temporal.io/server';
const folder = join(userCacheDir(), 'temporal-server', temporalVersion);
// As Go names what it builds.
const programs: TemporalPrograms = { server: join(folder, 'server'), sqlTool: join(folder, 'sql') };

/** The programs that were built before. @throws Error when they were not */
export function builtTemporal(): TemporalPrograms {
  if (existsSync(folder)) return programs;
  throw new Error(`Temporal ${temporalVersion} is not built yet: \`npm run test:production\` does that.`);
}

/** Builds the programs from their Go module, once for this user. @returns what keeps it from that; null: they are there */
export function buildTemporal(): string | null {
  if (existsSync(folder)) return null;
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
    return `The Temporal server of this test is built from its Go module, and no Go is here: put \`go\` (1.26.8 or newer) onto PATH.`;
  }
  console.error(`Builds Temporal ${temporalVersion} from ${goModule}, once: up to half an hour, 3 GB of Go's caches …`);
  mkdirSync(join(folder, '..'), { recursive: true, mode: 0o700 });
  const draft = mkdtempSync(`${folder}.`);
  try {
    const names = ['server', 'tools/sql'].map((name) => `${goModule}/cmd/${name}@v${temporalVersion}`);
    const args = ['install', '-trimpath', '-ldflags=-s -w', ...names];
    const { status } = spawnSync('go', args, {
      cwd: draft,
      env: { ...process.env, GOBIN: draft },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) return 'Go could not build it.';
    renameSync(draft, folder);
    return null;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
