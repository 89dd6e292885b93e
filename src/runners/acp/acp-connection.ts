import { Readable, Writable } from 'node:stream';
import type {
  ClientConnection,
  InitializeResponse,
  McpServer,
  NewSessionResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionModeState,
  SessionUpdate,
} from '@agentclientprotocol/sdk';
import { PROTOCOL_VERSION, client, methods, ndJsonStream } from '@agentclientprotocol/sdk';
import type { SessionInput, SessionProcess, SessionServer } from '../runner.ts';
import { ResumeError } from '../runner.ts';

/** What an agent tells and asks while it works. */
export interface AcpListener {
  update(update: SessionUpdate): void;
  permission(request: RequestPermissionRequest): Promise<RequestPermissionResponse>;
  /** Resolves when it can take more: nothing is read of the agent before. */
  room(): Promise<void>;
}

/** An agent that is talked to. */
export interface AcpAgent {
  connection: ClientConnection;
  said: InitializeResponse;
}

/** Longest message that is read, in bytes. */
const longestMessage = 16 * 1024 * 1024;

/** Greets an agent. It gets no files and no terminals of ours: it stands in the sandbox, and they do, too. */
export async function connect(process: SessionProcess, listener: AcpListener): Promise<AcpAgent> {
  const app = client({ name: 'gaffer' })
    .onRequest(methods.client.session.requestPermission, ({ params }) => listener.permission(params))
    .onNotification(methods.client.session.update, ({ params }) => listener.update(params.update));
  const input = Readable.toWeb(Readable.from(heldBack(process.stdout, listener))) as ReadableStream<Uint8Array>;
  const stream = ndJsonStream(Writable.toWeb(process.stdin), input, { maxMessageBytes: longestMessage });
  const connection = app.connect(stream);
  const said = await connection.agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
  });
  if (said.protocolVersion === PROTOCOL_VERSION) return { connection, said };
  throw new Error(`the agent speaks version ${said.protocolVersion} of ACP, and not ${PROTOCOL_VERSION}`);
}

// Piece by piece: in one there may be many messages.
async function* heldBack(stream: Readable, listener: AcpListener): AsyncGenerator<Buffer> {
  for await (const piece of stream as AsyncIterable<Buffer>) {
    await listener.room();
    yield piece;
  }
}

/** A session of the agent's: a new one, or with its id `known` the one of before. Gives its id. @throws ResumeError when there is no way back */
export async function openAgentSession(
  { connection: { agent }, said }: AcpAgent,
  { folder, mcp }: SessionInput,
  known: string | null,
): Promise<string> {
  const { session } = methods.agent;
  const about = { cwd: folder, mcpServers: mcp.map((server) => toServer(server, said)) };
  if (known === null) {
    const opened: NewSessionResponse = await agent.request(session.new, about);
    await askFirst(opened.sessionId, opened.modes);
    return opened.sessionId;
  }
  const capabilities = said.agentCapabilities;
  const method = capabilities?.sessionCapabilities?.resume ? session.resume : session.load;
  if (method === session.load && !capabilities?.loadSession)
    throw new ResumeError('the agent cannot go on with a session of before');
  try {
    const { modes } = await agent.request(method, { sessionId: known, ...about });
    await askFirst(known, modes);
  } catch (error) {
    throw new ResumeError(`the agent cannot go on with its session: ${(error as Error).message}`, { cause: error });
  }
  return known;

  // Of itself it may let a model of its own decide about calls.
  async function askFirst(sessionId: string, modes: SessionModeState | null | undefined): Promise<void> {
    const modeId = ['default', 'ask'].find((id) => modes?.availableModes.some((mode) => mode.id === id));
    if (modeId !== undefined) await agent.request(session.setMode, { sessionId, modeId });
  }
}

function toServer(server: SessionServer, { agentCapabilities }: InitializeResponse): McpServer {
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));
  if ('command' in server) {
    const { name, command, args, env } = server;
    return { name, command, args: [...args], env: pairs(env) };
  }
  if (!agentCapabilities?.mcpCapabilities?.http)
    throw new Error(`the agent takes no MCP servers over HTTP, as ${server.name} is`);
  return { type: 'http', name: server.name, url: server.url, headers: pairs(server.headers) };
}
