/*
 * A server of tools as it is spoken with.
 * E1 Whatever it does, a call ends: by its answer, its time, its end or the caller's signal. What it says is a stranger's.
 * E2 Its list is what it says now: whoever calls a tool compares it with what the run began with.
 * E3 It is offered no model, no folders and no addresses to open: only a form that a person fills in. Such a question in the middle of a call comes
 *    back to the caller; the call stands still at the server meanwhile, and with newer ones not even there.
 */
import type * as McpSdk from '@modelcontextprotocol/client';
import type { Client, Transport } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../domain/json.ts';
import type { OfferedTool } from '../../domain/mcp/mcp-server.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { roundOf, toRoundQuestion, type CallOutcome, type FormAnswer, type FormQuestion } from './form-question.ts';

/** A call of a tool. */
interface ServerCall {
  /** The same each time that this one call is made, and no other call's. */
  key: string;
  tool: OfferedTool;
  input: JsonObject;
  timeoutMs: number;
  /** It was made already, and stood still for a question. */
  goesOn?: { question: FormQuestion; answer: FormAnswer };
}

/** The way to a server, before anything was said. */
export interface ServerWay {
  transport: Transport;
  /** Why it is gone, in words; empty: it is there. */
  reason: () => string;
  /** A text without values that this server alone was given (H3). */
  hide: (text: string) => string;
  /** Called when a call is over. */
  onCallEnd: () => void;
}

/** A server that answers. */
export interface McpConnection {
  isOpen(): boolean;
  /** Whether calls stand still at it for a person. */
  isHeld(): boolean;
  /** How often it said that its list is another one now. */
  changes(): number;
  /** Its tools as it offers them now. @throws Error in words for the model; the signal's reason when aborted */
  list(signal: AbortSignal): Promise<OfferedTool[]>;
  /** @throws Error in words for the model; the signal's reason when aborted */
  call(call: ServerCall, signal: AbortSignal): Promise<CallOutcome>;
  close(): Promise<void>;
}

/** How long a greeting or a list may take, in ms, and what gives it up. */
export interface Patience {
  timeoutMs: number;
  signal: AbortSignal;
}

/** It is loaded when the first server is asked. */
type Sdk = typeof McpSdk;

const mostPages = 20;
/** A call's own time is kept by {@link CallsInFlight}; the SDK's would go by while a person thinks. In ms. */
const longestCallMs = 24 * 60 * 60_000;

/**
 * Greets a server, in the newest revision that both know.
 *
 * @param open a way to it; asked a second time where an old server could not bear the new greeting
 * @throws Error in words when it does not answer in time; the signal's reason when aborted
 */
export async function connectServer(open: () => Promise<ServerWay>, patience: Patience): Promise<McpConnection> {
  const sdk = await import('@modelcontextprotocol/client');
  for (const isOld of [false, true]) {
    const way = await open();
    try {
      return await greet({ sdk, way, isOld }, patience);
    } catch (error) {
      const told = errorOf(error, way);
      await way.transport.close().catch(() => undefined);
      patience.signal.throwIfAborted();
      // Old servers may end at a greeting that they do not know.
      const isLost = error instanceof sdk.SdkError && error.code === sdk.SdkErrorCode.EraNegotiationFailed;
      if (isOld || !isLost) throw told;
    }
  }
  throw new Error('unreachable');
}

async function greet(
  { sdk, way, isOld }: { sdk: Sdk; way: ServerWay; isOld: boolean },
  { timeoutMs, signal }: Patience,
): Promise<McpConnection> {
  const client = new sdk.Client(
    { name: 'gaffer', version: '1' },
    {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode: isOld ? 'legacy' : 'auto', probe: { timeoutMs: Math.min(5000, timeoutMs / 2) } },
      inputRequired: { autoFulfill: false },
      listMaxPages: mostPages,
      // A stranger's schema is not run here.
      jsonSchemaValidator: {
        getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
      },
    },
  );
  const calls = new CallsInFlight();
  client.setRequestHandler('elicitation/create', (request) => calls.ask(request.params as never) as Promise<never>);
  let isOpen = true;
  client.onclose = () => {
    isOpen = false;
    calls.clear();
  };
  let changes = 0;
  client.setNotificationHandler('notifications/tools/list_changed', () => void changes++);
  // What is not fatal shows in what comes of calls.
  client.onerror = () => undefined;
  await client.connect(way.transport, { timeout: timeoutMs, signal });
  const parts = { sdk, client, way, calls };
  return {
    isOpen: () => isOpen,
    isHeld: () => calls.hasHeld(),
    changes: () => changes,
    list: (listSignal) => inWords(way, listSignal, () => listTools(client, { timeoutMs, signal: listSignal })),
    call: (call, callSignal) => inWords(way, callSignal, () => callTool(parts, call, callSignal)),
    close: () => client.close(),
  };
}

async function listTools(client: Client, { timeoutMs, signal }: Patience): Promise<OfferedTool[]> {
  const { tools } = await client.listTools(undefined, { timeout: timeoutMs, signal, cacheMode: 'refresh' });
  return tools.map(({ name, description = '', inputSchema }) => {
    return { tool: name, description, input: inputSchema as JsonObject };
  });
}

function callTool(
  { sdk, client, calls }: { sdk: Sdk; client: Client; calls: CallsInFlight },
  { key, tool, input, timeoutMs, goesOn }: ServerCall,
  signal: AbortSignal,
): Promise<CallOutcome> {
  if (goesOn && !goesOn.question.round) {
    if (calls.isHeld(key)) return calls.goOn(key, goesOn.answer, signal);
    throw new Error('the server that asked is not there any more, so nobody knows how far the call came');
  }
  const params = { name: tool.tool, arguments: input, ...(goesOn && roundOf(goesOn.question, goesOn.answer)) };
  const toolDefinition = { name: tool.tool, inputSchema: tool.input as { type: 'object' } };
  const start = async (own: AbortSignal): Promise<CallOutcome> => {
    const how = { timeout: longestCallMs, signal: own, allowInputRequired: true, toolDefinition };
    const result: unknown = await client.callTool(params, how);
    if (sdk.isInputRequiredResult(result)) return { kind: 'asks', question: toRoundQuestion(result as never) };
    return { kind: 'done', result: result as JsonObject };
  };
  return calls.run({ key, timeoutMs, start }, signal);
}

async function inWords<Result>(way: ServerWay, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw errorOf(error, way);
  } finally {
    way.onCallEnd();
  }
}

// What was thrown is no cause of it: that would go along with it, and has the words as they were.
function errorOf(error: unknown, way: ServerWay): Error {
  const gone = way.reason();
  const text = error instanceof Error ? error.message : String(error);
  return new Error(way.hide(gone === '' ? text : `${text} (${gone})`));
}
