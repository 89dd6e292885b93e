/*
 * Workflow files that somebody edits over HTTP:
 *
 * W1 A file lies in a folder that is there, below one of the service's; no link is followed, nothing begins with a dot or a hyphen, and it
 *    is YAML. It has one name: its path from the service's folder, in its normal form. Whose the service is not, of another tenant, has none.
 * W2 Only a workflow is read or written, and only over one: no other file of a project is ever shown or touched.
 * W3 Whoever writes says which text he has seen; another one is never written over. It is there whole, or as it was.
 * W4 Nothing is believed because it was saved here: a file's commands, scripts and servers need what they need from a terminal
 *    (access/believed-files.ts, config/trust-store.ts).
 */
import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import { YamlTree } from '../../definition/edit/yaml-tree.ts';
import { keysAt } from '../../definition/schema/known-keys.ts';
import { DefinitionError } from '../../definition/source/diagnostic.ts';
import { isJsonObject } from '../../definition/source/source-document.ts';
import { sizeText, usualBounds } from '../../domain/source/source-bounds.ts';
import { readSourceText } from '../../definition/source/source-text.ts';
import { isStorable } from '../../definition/source/storable-text.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { GafferError, UsageError } from '../../domain/errors.ts';
import { isInside, realOf } from '../../host/key-folders.ts';
import { OutOfBoundsError } from '../access/caller-bounds.ts';
import { isReadable } from '../access/nameable.ts';
import type { Session } from '../connection/session.ts';
import { workflowFileAt } from '../reading/workflow-files.ts';

/** A workflow file as it stands. */
export interface WorkflowText {
  path: string;
  text: string;
  /** Of the text: another text has another one. */
  hash: string;
}

/**
 * There is no such file, or none that may be named.
 *
 * @internal
 */
export class NoWorkflowFileError extends GafferError {
  override readonly name = 'NoWorkflowFileError';
  readonly kind = 'not-found';
}

/** A file is not as whoever writes it has seen it. */
export class FileChangedError extends GafferError {
  override readonly name = 'FileChangedError';
  readonly kind = 'conflict';
  /** What is there now; null: nothing. */
  readonly now: string | null;
  constructor(message: string, now: string | null) {
    super(message);
    this.now = now;
  }
}

type Place = Pick<Session, 'cwd' | 'bounds'>;

/** Reads one, be it of another format or with mistakes; no other file (W1, W2). @throws NoWorkflowFileError; DefinitionError when it is no text */
export async function readWorkflowText(place: Place, path: string): Promise<WorkflowText> {
  const file = await fileAt(place, path);
  const text = await textOf(file);
  if (text === null || !(isWorkflow(text) || workflowFileAt(path, place)))
    throw new NoWorkflowFileError(`there is no workflow file "${path}" here.`);
  return { path, text, hash: hashOf(text) };
}

/** Of one file one write is done at a time. */
const writing = new Map<string, Promise<unknown>>();

/**
 * Writes one.
 *
 * @param seen the hash of what is there; null: there is nothing yet
 * @throws FileChangedError when something else is there; UsageError, DefinitionError, NoWorkflowFileError
 */
export async function writeWorkflowText(
  place: Place,
  path: string,
  { text, seen }: { text: string; seen: string | null },
): Promise<WorkflowText> {
  const file = await fileAt(place, path);
  checkText(text, path);
  if (isOthers(path))
    throw new UsageError(
      `${basename(path)} is the name of a file of Gaffer or of another tool: give the workflow another name.`,
    );
  const turn = (writing.get(file) ?? Promise.resolve())
    .catch(() => undefined)
    .then(() => write(file, { path, text, seen }));
  writing.set(file, turn);
  try {
    await turn;
  } finally {
    if (writing.get(file) === turn) writing.delete(file);
  }
  return { path, text, hash: hashOf(text) };
}

// W3
async function write(
  file: string,
  { path, text, seen }: { path: string; text: string; seen: string | null },
): Promise<void> {
  const now = await textOf(file);
  // What was written already, by an attempt of which nobody heard.
  if (now === text) return;
  if (now !== null && !isWorkflow(now))
    throw new UsageError(`${path} is no workflow file, and only those are written.`);
  const hash = now === null ? null : hashOf(now);
  if (hash !== seen) throw changed(path, hash);
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  const mode = now === null ? null : (await lstat(file)).mode & 0o777;
  try {
    const handle = await open(beside, 'wx', mode ?? 0o644);
    try {
      // The umask is for what is new.
      if (mode !== null) await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (now === null) await link(beside, file).catch((error: unknown) => refuseTaken(error, path));
    else await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

function refuseTaken(error: unknown, path: string): never {
  if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw changed(path, '');
  throw error;
}

function changed(path: string, now: string | null): FileChangedError {
  const what = now === null ? 'is gone' : 'is another one by now';
  return new FileChangedError(`${path} ${what}: look at it again before you write.`, now);
}

// W1
async function fileAt({ cwd, bounds }: Place, path: string): Promise<string> {
  if (bounds?.seesFiles === false)
    throw new OutOfBoundsError([
      {
        path: 'path',
        message:
          'workflow files are the operator’s of the service: only keys of the tenant `default` read and write them.',
      },
    ]);
  const none = new NoWorkflowFileError(
    `"${path.slice(0, 200)}" is no place for a workflow file here: name one that ends in .yaml or .yml, in a folder of the service, as \`folder/name.yaml\`.`,
  );
  const file = resolve(cwd, path);
  const isName = /^[^\p{Cc}\p{Cf}\\]{1,1000}$/u.test(path) && basename(file).length <= 200;
  if (!isName || !/^\.ya?ml$/i.test(extname(file)) || !isPlain(path, relative(cwd, file))) throw none;
  const folders = bounds?.folders ?? [cwd];
  const top = folders.find((folder) => isInside(file, resolve(folder)));
  if (top === undefined || (bounds && !isReadable(bounds, file))) throw none;
  const folder = dirname(file);
  const isPlainWay = realOf(folder) === resolve(realOf(top), relative(resolve(top), folder));
  const there = await lstat(folder).catch(() => null);
  if (!isPlainWay || there?.isDirectory() !== true) throw none;
  const entry = await lstat(file).catch(() => null);
  if (entry !== null && !entry.isFile()) throw none;
  return file;
}

/** Whether a path is the one name that its file has. */
function isPlain(path: string, normal: string): boolean {
  const isOdd = (part: string): boolean => part.startsWith('-') || part === 'node_modules';
  return path === normal.split(sep).join('/') && !path.split('/').some(isOdd);
}

async function textOf(file: string): Promise<string | null> {
  if ((await lstat(file).catch(() => null)) === null) return null;
  return readSourceText(file);
}

function checkText(text: string, path: string): void {
  if (Buffer.byteLength(text) > usualBounds.bytes)
    throw new UsageError(`${path} would be larger than ${sizeText(usualBounds.bytes)}, which no workflow file may be.`);
  if (!isStorable(text)) throw new UsageError('the text holds a NUL character or half of a character.');
  const { value } = new YamlTree(text, path);
  if (!holdsTasks(value))
    throw new UsageError('this is no workflow file: it has no list `tasks` or `phases` with tasks in it.');
  const { live, planned } = keysAt([]);
  const odd = Object.keys(value).find((key) => ![...live, ...planned].includes(key));
  if (odd !== undefined)
    throw new UsageError(
      `\`${odd.slice(0, 100)}\` is nothing that a workflow file has, so it may be another tool's file: take it out.`,
    );
}

/** Whether a text is one of a workflow, be it with mistakes. */
function isWorkflow(text: string): boolean {
  try {
    return holdsTasks(new YamlTree(text, 'text').value);
  } catch (error) {
    // What cannot be read is told by how it begins.
    if (error instanceof DefinitionError) return /^(?:tasks|phases)[ \t]*:(?:\s|#.*$)*(?:-\s|\[)/m.test(text);
    throw error;
  }
}

/** What makes an entry of a list a task. */
const wordsOfTask = ['id', 'prompt', 'tool', 'workflow', 'profile'];

/** Whether a value has tasks as workflow files do; other tools have keys of the same names (Taskfile, buildspec). */
function holdsTasks(value: JsonValue | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const { tasks = [], phases = [] } = value;
  if (!Array.isArray(tasks) || !Array.isArray(phases) || !phases.every(isJsonObject)) return false;
  const inPhases = phases.map((phase) => phase['tasks'] ?? []);
  if (!inPhases.every((each) => Array.isArray(each))) return false;
  const all = [...tasks, ...inPhases.flat()];
  return all.length > 0 && all.every((task) => isJsonObject(task) && wordsOfTask.some((word) => word in task));
}

/** What other tools, and Gaffer itself, look for by its name. */
const othersNames =
  /^(?:taskfile(?:\..*)?|(?:docker-)?compose(?:[.-].*)?|(?:build|app)spec(?:[.-].*)?|gaffer|mkdocs|openapi|swagger|action|serverless|kustomization|skaffold|cloudbuild|(?:azure|bitbucket)-pipelines.*|pnpm-workspace)\.ya?ml$/i;

function isOthers(path: string): boolean {
  return othersNames.test(basename(path));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
