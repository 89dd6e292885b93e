import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { it, onTestFinished } from 'vitest';
import { userCacheDir } from '../../../src/config/user-cache-dir.ts';
import { gatewayInside, startContained } from '../../../src/host/contain/contain.ts';
import { findForeign } from '../../../src/runners/find-program.ts';
import type { FoundProgram, RunnerEvent, Session, SessionInput, SessionProcess } from '../../../src/runners/runner.ts';
import type { Script, ScriptedModelServer } from '../../../src/testing/index.ts';
import { startScriptedModel } from '../../../src/testing/index.ts';
import { settings } from '../contain/contained.ts';
import { sandbox } from '../tools/sandbox.ts';
import { type AgentName, folderOf } from './install-agents.ts';

/** A test of other makers' programs: left out by name where they are not installed, or where there is no sandbox for them. */
export function withAgents(
  names: readonly AgentName[],
  title: string,
  body: () => Promise<void>,
  timeout = 120_000,
): void {
  const isHere = sandbox.sandbox === 'bubblewrap' && names.every((name) => folderOf(name) !== null);
  it.skipIf(!isHere)(title, { timeout }, body);
}

/** A program that was installed for these tests, found as users' programs are. */
export function installed(name: AgentName): FoundProgram {
  const found = findForeign(name, { env: { PATH: folderOf(name)! }, avoid: [] });
  if (!found) throw new Error(`${name} is not where it was installed`);
  return found;
}

/** What a session of a test may have besides what it has always. */
export type Wanted = Partial<SessionInput> & { addedEnv?: Record<string, string>; addedReads?: readonly string[] };

/** A folder, a home, and a scripted model where the gateway is. */
export interface Stage {
  model: ScriptedModelServer;
  folder: string;
  home: string;
  /** The Unix socket that agents find the gateway by. */
  socket: string;
  /** What a session starts with. */
  input: (wanted?: Wanted) => SessionInput;
}

/** What stands in the way of the attempt that all of these are. */
const attemptPath = '/run/r/task/t/attempt/1';

/** Sets a stage for the running test; nothing of it outlives the test. `silentMs`: so long each call waits on its way to the model. */
export async function setStage(script: Script, silentMs = 0): Promise<Stage> {
  const model = await startScriptedModel(script);
  onTestFinished(() => model.close());
  const { folder, home, top } = makeFolders();
  const socket = path.join(top, 'gateway.sock');
  await passOn(socket, model.port, silentMs);
  return { model, folder, home, socket, input: (wanted) => inputOf({ folder, home, socket }, wanted) };
}

/** Folders of the running test; not in /tmp, where codex does not want its home to be. */
export function makeFolders(): { top: string; folder: string; home: string } {
  const base = path.join(userCacheDir(), 'agents');
  mkdirSync(base, { recursive: true, mode: 0o700 });
  const top = realpathSync(mkdtempSync(path.join(base, 'run-')));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [folder, home] = [path.join(top, 'worktree'), path.join(top, 'home')];
  mkdirSync(folder);
  mkdirSync(home, { mode: 0o700 });
  return { top, folder, home };
}

/** What a session starts with. */
export function inputOf(
  { folder, home: usual, socket }: Pick<Stage, 'folder' | 'home' | 'socket'>,
  { addedEnv = {}, addedReads = [], home = usual, ...wanted }: Wanted = {},
): SessionInput {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const limits = { maxProcesses: 200, maxMemoryBytes: 4 * 2 ** 30, timeoutMs: 600_000 };
  return {
    ...{ sessionId: '6b1f7c1e-1111-8222-8333-444455556666', prompt: 'Do the work.', system: 'You are careful.' },
    ...{ model: 'claude-sonnet-4-5', maxTurns: 10, folder, home, token: 'a-token', mcp: [], schema: null },
    ...{ baseUrl: `${gatewayInside}${attemptPath}`, permissions: { tools: ['bash', 'filesystem'], decides: false } },
    runner: { kind: 'claude' },
    launch: ({ argv, env, reads }) =>
      startContained(
        settings,
        {
          ...{ argv, folder, home, limits, writable: null, gitFolders: [], gateway: { socket }, hosts: [] },
          env: { ...env, ...addedEnv },
          reads: [...reads, ...addedReads],
        },
        over.signal,
      ),
    ...wanted,
  };
}

/** The same session, and the process that it runs in. */
export function watched(input: SessionInput): { input: SessionInput; running: () => SessionProcess } {
  let process: SessionProcess | undefined;
  const launch: SessionInput['launch'] = async (program) => (process = await input.launch(program));
  return { input: { ...input, launch }, running: () => process! };
}

/** Stands where the gateway does: takes the attempt's path away, and asks the model. */
async function passOn(socket: string, port: number, silentMs: number): Promise<Server> {
  const pass = (asked: IncomingMessage, response: ServerResponse): void => {
    // Its program has gone while it waited.
    if (response.destroyed) return;
    const target = { host: '127.0.0.1', port, method: asked.method, headers: asked.headers };
    const passed = request({ ...target, path: asked.url!.replace(attemptPath, '') }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    asked.pipe(passed);
  };
  const server = createServer((...asked) => setTimeout(pass, silentMs, ...asked));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return server;
}

/** All that a session tells, answering what it asks; the last one is its end. */
export async function allOf(
  session: Session,
  decide?: (event: Extract<RunnerEvent, { type: 'permission' }>) => Parameters<Session['answer']>[1],
): Promise<RunnerEvent[]> {
  const events: RunnerEvent[] = [];
  for await (const event of session.events) {
    events.push(event);
    if (event.type === 'permission' && decide) await session.answer(event.id, decide(event));
  }
  return events;
}
