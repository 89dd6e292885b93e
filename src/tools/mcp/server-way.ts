/*
 * How a server is reached, with no more than was declared for it.
 * H1 A process runs in the sandbox of shell commands, in the task's workspace; it finds there no variable of this worker but those that its
 *    declaration names, and a list of processes shows none of them but those in its command and arguments. One that has more than an agent's
 *    commands does not find the workspace, unless its declaration says so: agents could write its program, or what that loads.
 * H2 An address is one of the web tool's (W1 to W3), by https, unless its declaration or the worker's settings allow another. Nothing is sent to
 *    another origin, whatever a redirect says.
 * H3 What goes wrong is told by names of variables, never by their values: it is read by models, kept in the run's story, and logged.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Agent, fetch } from 'undici';
import { expandVariables } from '../../domain/mcp/expand-variables.ts';
import { hideValues } from '../../domain/mcp/hide-values.ts';
import type { McpServer, McpTransport } from '../../domain/mcp/mcp-server.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { startLiving } from '../../host/guarded-process.ts';
import type { ShellSettings } from '../../host/sandbox/sandbox.ts';
import { prepareShell } from '../shell/workspace-shell.ts';
import { checkUrl, createConnector } from '../../host/web/guarded-way.ts';
import type { ServerWay } from './connection.ts';
import { StdioTransport } from './stdio-transport.ts';

/** What of the way to servers depends on where they are reached from. */
export interface WaySettings {
  shell: ShellSettings;
  /** `host:port` pairs that can be reached although they are not public. */
  allow: readonly string[];
  /** Variables that declarations may name. */
  env: Readonly<Record<string, string | undefined>>;
}

/** The folder that a server works in, as in `ToolCall`. */
export interface ServerPlace {
  workspace: string;
  leadsTo?: string | undefined;
  writable?: readonly string[];
}

const maxProcesses = 256;
const maxMemoryBytes = 4 * 1024 ** 3;
/** What one answer may hold, or what comes unasked. */
const mostBytes = 64 * 1024 * 1024;
/** How often a stream of answers that ended can be opened anew until a call is over: a server says how soon. */
const mostStreams = 100;

/** Opens the way to a server. @throws Error in words when there is none */
export async function openWay(server: McpServer, place: ServerPlace, settings: WaySettings): Promise<ServerWay> {
  const { transport } = server;
  const hide = (text: string): string => hideValues(text, transport, settings.env);
  const way =
    transport.kind === 'stdio'
      ? startProcess(server, transport, { place, settings })
      : reachAddress(server, transport, settings);
  return way.then(
    (open) => ({ ...open, hide }),
    (error: Error) => Promise.reject(new Error(hide(error.message))),
  );
}

/** A way whose words are as they come. */
type PlainWay = Omit<ServerWay, 'hide'>;

async function startProcess(
  { network, findsWorkspace, reads }: McpServer,
  { command, args, env }: Extract<McpTransport, { kind: 'stdio' }>,
  { place, settings }: { place: ServerPlace; settings: WaySettings },
): Promise<PlainWay> {
  const filled = (text: string): string => expandVariables(text, settings.env);
  const words = [command, ...args].map((word) => shellWord(filled(word)));
  const secrets = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
  const line = `exec ${words.join(' ')}`;
  if (!findsWorkspace) await refuseShared(reads, place.workspace);
  const own = { command: line, secrets, hasNetwork: network, reads, isAway: !findsWorkspace };
  const prepared = await prepareShell(settings.shell, { ...place, ...own });
  if ('refusal' in prepared) throw new Error(prepared.refusal);
  const process = startLiving({ ...prepared.run, maxProcesses, maxMemoryBytes });
  void process.ended.then(() => prepared.cleanUp()).catch(() => undefined);
  const transport = new StdioTransport(process);
  return { transport, reason: () => transport.reason, onCallEnd: () => transport.countAnew() };
}

// By a folder that holds the workspace, or a part of it, it would find the workspace all the same.
async function refuseShared(reads: readonly string[], workspace: string): Promise<void> {
  const inner = asFolder(await realpath(workspace));
  for (const folder of reads) {
    const outer = asFolder(await realpath(folder).catch(() => resolve(folder)));
    if (inner.startsWith(outer) || outer.startsWith(inner))
      throw new Error(`it reads ${folder}, where agents of this run write`);
  }
}

// The root ends so already.
function asFolder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

async function reachAddress(
  { network }: McpServer,
  { url: written, headers }: Extract<McpTransport, { kind: 'http' }>,
  { allow, env }: WaySettings,
): Promise<PlainWay> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const filled = (text: string): string => expandVariables(text, env);
  const text = filled(written);
  const named = URL.canParse(text) ? new URL(text) : null;
  const pair = named && `${named.hostname}:${named.port || (named.protocol === 'https:' ? '443' : '80')}`;
  const reach = { allow: network && pair !== null ? [...allow, pair] : [...allow] };
  const url = checkUrl(text, undefined, reach);
  if (url.protocol !== 'https:' && !reach.allow.includes(pair!))
    throw new Error(`${url.host} is asked by https only: what is sent there could be read on the way`);
  const dispatcher = new Agent({ connect: createConnector(reach) });
  let streams = 0;
  const guarded = async (asked: string | URL, init: RequestInit = {}): Promise<Response> => {
    const target = checkUrl(String(asked), undefined, reach);
    if (target.origin !== url.origin)
      throw new Error(`it leads to ${target.host}, where nothing of ${url.host} is sent`);
    if (init.method === 'GET' && ++streams > mostStreams) throw new Error('it ends its answers again and again');
    const response = await fetch(target, { ...(init as object), redirect: 'manual', dispatcher });
    return bounded(response as unknown as Response);
  };
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, toHeader(name, filled(value))]));
  const transport = new StreamableHTTPClientTransport(url, { fetch: guarded, requestInit: { headers: own } });
  const close = transport.close.bind(transport);
  transport.close = async () => {
    await close();
    await dispatcher.destroy();
  };
  return { transport, reason: () => '', onCallEnd: () => void (streams = 0) };
}

// The words of `Headers` have the value.
function toHeader(name: string, value: string): string {
  try {
    return new Headers([[name, value]]).get(name)!;
  } catch {
    throw new Error(
      `its header ${JSON.stringify(name).slice(0, 60)} cannot be sent: a name takes letters and digits, a value none but the characters of one line`,
    );
  }
}

function bounded(response: Response): Response {
  if (response.body === null) return response;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) controller.error(new Error('the server sent more than 64 MB'));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  const told = new Headers([...headers].filter(([name]) => !/^content-(?:encoding|length)$/.test(name)));
  return new Response(response.body.pipeThrough(counted), { status, statusText, headers: told });
}
