/*
 * A command that must be done once, whoever dies meanwhile:
 * D1 It does not die with this process: its shell leaves its exit code in a folder of the job's own, and whoever asks for the job
 *    again waits for it, or finds the code.
 * D2 The shell makes the folder `started` first, and goes away when it is there: two that were started at once are one.
 * D3 Only when its processes are gone without a code (the machine went down, somebody killed them) it is begun anew. Those of another
 *    container, which cannot be seen from here, are taken for gone when their time is up.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { link, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellLimits } from '../../host/guarded-process.ts';
import { privateFolder, privateFolders } from '../../host/private-folder.ts';
import { numberHere, processPlace } from '../../host/process-place.ts';
import { usageOf } from '../../host/process-usage.ts';
import { spawnChild } from '../../host/spawn-child.ts';
import { openUnnamedFile } from '../../host/unnamed-file.ts';
import type { PreparedShell } from '../../host/sandbox/guard-workspace.ts';

/** How a job ended. `output` is the end of what it printed. */
export interface JobResult {
  exitCode: number;
  output: string;
}

/** A command, and what it may use as long as somebody waits for it. */
interface JobCommand {
  run: PreparedShell['run'];
  workspace: string;
  timeoutMs: number;
  maxProcesses: number;
  maxMemoryBytes: number;
}

/** Exit code of a job that used more than its limits. */
export const jobOverLimits = 137;

/** Exit code of a job that took longer than its limit. */
export const jobTimedOut = 124;

const keptBytes = 4000;
const pollMs = 50;
const usageRounds = 4;
// Between its folder and the number of its process, a shell has this long.
const startMs = 20_000;

// Descriptors 4 and 5 are the empty files with which the sandbox covers files that hold keys.
const script = `
folder=$1 limit=$2
shift 2
mkdir "$folder/started" 2>/dev/null || exit 0
echo $$ >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
${shellLimits}
finish() { echo "$1" >"$folder/code.new" && mv "$folder/code.new" "$folder/code"; kill -KILL 0; }
( sleep "$limit"; finish ${jobTimedOut} ) &
"$@" 4</dev/null 5</dev/null
finish $?`;

/**
 * Runs a job to its end, or finds what became of it. Aborting the signal stops the waiting, not the job.
 *
 * @throws the signal's reason when aborted; the error of the operating system when it cannot be started
 */
export async function runJob(
  key: string,
  { run, workspace, timeoutMs, ...limits }: JobCommand,
  signal: AbortSignal,
): Promise<JobResult> {
  const folder = await jobFolder(key, workspace);
  for (let round = 0; ; round++) {
    signal.throwIfAborted();
    const exitCode = await readCode(folder);
    if (exitCode !== null) return { exitCode, output: await readEnd(path.join(folder, 'output')) };
    const isThere = (await stat(folder).catch(() => undefined)) !== undefined;
    if (!isThere) await start(folder, run, timeoutMs);
    // Its last act may have been its code, after we looked.
    else if (!(await isRunning(folder, timeoutMs)) && (await readCode(folder)) === null)
      await rm(folder, { recursive: true, force: true });
    else if (round % usageRounds === 0) await endWhenOver(folder, limits);
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Forgets a job whose result is kept elsewhere. */
export async function forgetJob(key: string): Promise<void> {
  for (const root of await privateFolders('jobs'))
    await rm(path.join(root, folderName(key)), { recursive: true, force: true });
}

const folderName = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

// One that was begun elsewhere, by an older version or for another workspace, is still that job.
async function jobFolder(key: string, workspace: string): Promise<string> {
  for (const root of await privateFolders('jobs')) {
    const folder = path.join(root, folderName(key));
    if (await stat(folder).catch(() => undefined)) return folder;
  }
  return path.join(await privateFolder('jobs', workspace), folderName(key));
}

async function start(folder: string, run: PreparedShell['run'], timeoutMs: number): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else has just begun it.
    if ((error as { code?: string }).code === 'EEXIST') return;
    throw error;
  }
  await writeFile(path.join(folder, 'place'), processPlace() ?? '');
  const output = openSync(path.join(folder, 'output'), 'a', 0o600);
  const filter = run.filter && openUnnamedFile(run.filter);
  try {
    const seconds = String(Math.ceil(timeoutMs / 1000));
    const child = spawnChild('/bin/sh', ['-c', script, 'gaffer-job', folder, seconds, ...run.argv], {
      cwd: run.cwd,
      detached: true,
      env: run.env,
      stdio: ['ignore', output, output, 'ignore', 'ignore', 'ignore', filter ?? 'ignore'],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
  } finally {
    closeSync(output);
    if (filter !== undefined) closeSync(filter);
  }
}

async function endWhenOver(
  folder: string,
  { maxProcesses, maxMemoryBytes }: Pick<JobCommand, 'maxProcesses' | 'maxMemoryBytes'>,
): Promise<void> {
  const pid = await findNumber(folder);
  if (typeof pid !== 'number' || !(await isItsOwn(folder, pid))) return;
  const usage = usageOf(pid);
  if (usage.processes <= maxProcesses && usage.memoryBytes <= maxMemoryBytes) return;
  // Its code first: without one it would be begun anew (D3). One that has come to its end meanwhile keeps its own.
  await writeFile(path.join(folder, 'code.over'), String(jobOverLimits));
  await unlessCode(link(path.join(folder, 'code.over'), path.join(folder, 'code')), 'EEXIST');
  await unlessCode((async () => process.kill(-pid, 'SIGKILL'))(), 'ESRCH');
}

async function unlessCode(done: Promise<unknown>, expected: string): Promise<void> {
  await done.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== expected) throw error;
  });
}

/** The number of its process here. `unseen`: it belongs to another container, into which we cannot look. */
async function findNumber(folder: string): Promise<number | 'unborn' | 'gone' | 'unseen'> {
  const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8').catch(() => ''));
  if (!pid) return 'unborn';
  // A job of an older version does not say where it is counted.
  const place = await readFile(path.join(folder, 'place'), 'utf8').catch(() => '');
  if (place === '' || place === processPlace()) return pid;
  const number = numberHere({ pid, place });
  return number === undefined ? 'unseen' : (number ?? 'gone');
}

async function isRunning(folder: string, timeoutMs: number): Promise<boolean> {
  const number = await findNumber(folder);
  if (number === 'gone') return false;
  if (typeof number === 'number') return isItsOwn(folder, number);
  const made = await stat(folder).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < startMs + (number === 'unseen' ? timeoutMs : 0);
}

// The number may be somebody else's by now. Without /proc that cannot be told.
async function isItsOwn(folder: string, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => folder);
  return commandLine.includes(folder);
}

async function readCode(folder: string): Promise<number | null> {
  const text = await readFile(path.join(folder, 'code'), 'utf8').catch(() => '');
  return text.trim() === '' ? null : Number(text);
}

async function readEnd(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - keptBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(keptBytes), 0, keptBytes, start);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}
