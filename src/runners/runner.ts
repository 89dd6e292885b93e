/*
 * U1 A session is one process of an agent's program. Its id comes from run, task, attempt and its number, so two never have the same.
 * U2 How a session ended is said by its last event alone: an exit code, a result's `success` and the program's last words are not believed
 *    by themselves. A stream that ends without saying how has failed.
 * U3 What a program sends is hostile: lines are bounded, what is no event of its protocol is left out, nothing of it is run.
 * U4 Money is not asked of a program: what it says about tokens and costs is left out.
 * U5 A call that waits for somebody is never lost: at most one of a session is put off, and others are refused with the word to ask again.
 */
import type { Readable, Writable } from 'node:stream';
import type { AgentRunner, RunnerKind } from '../domain/coding/agent-runner.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { ToolName } from '../domain/tool-names.ts';

/** One way to have a foreign program do an agent's tasks. */
export interface Runner {
  kind: RunnerKind;
  /** How its programs can be asked what they may do. */
  asks: 'deferred' | 'live' | 'never';
  /** Its programs tell nothing before they end, not even that something was refused to them: there are no turns between which they could be stopped. */
  isSilent?: true;
  /** Whether its programs can be told of servers of tools. */
  takesServers: boolean;
  /** Tools of ours that its program brings, as far as an agent has them. */
  tools: readonly ToolName[];
  /** Its programs get those of these tools that an agent has, and no others; left out: they bring what they bring, and what an agent lacks is refused call by call. */
  narrows?: true;
  /** A call as the plan's rules read it, were it made with that input. */
  ownOf: (call: ForeignCall & { own: OwnCall }, input: JsonObject) => OwnCall;
  /** The program on this machine, or what is missing, in words with the way out. */
  find(search: RunnerSearch): Promise<FoundProgram | { missing: string }>;
  /** Begins a session with its prompt. @throws Error when the program cannot be started */
  start(program: FoundProgram, session: SessionInput): Promise<Session>;
  /** Goes on with the session that stands in the attempt's home. @throws ResumeError when it cannot: whoever asks begins anew */
  resume(program: FoundProgram, session: SessionInput, from: ResumeFrom): Promise<Session>;
}

/** Where a program is looked for. */
export interface RunnerSearch {
  runner: AgentRunner;
  env: Readonly<Record<string, string | undefined>>;
  /** Folders that agents write to: no program comes from there. */
  avoid: readonly string[];
}

/** A program that was found. */
export interface FoundProgram {
  /** Absolute path. */
  path: string;
  /** How it is started, before its arguments. */
  argv: readonly string[];
  /** As it says itself; null: it was not asked. */
  version: string | null;
  /** Folders that it needs to be able to read. */
  reads: readonly string[];
}

/** What a session begins with. Folders are absolute. */
export interface SessionInput {
  /** A UUID (U1). */
  sessionId: string;
  prompt: string;
  /** The agent's own instructions. */
  system: string;
  model: string;
  maxTurns: number;
  folder: string;
  /** Private folder of the attempt, kept from session to session: HOME, and whatever the program keeps of them. */
  home: string;
  /** Where the gateway is for it, with the path of the attempt. */
  baseUrl: string;
  /** What it shows to the gateway, instead of a provider's key. */
  token: string;
  /** Servers of tools that it may start or ask. */
  mcp: readonly SessionServer[];
  /** JSON Schema of its last answer; null: any text. */
  schema: JsonObject | null;
  permissions: PermissionPolicy;
  /** The agent's runner, for what its author wrote: the command. */
  runner: AgentRunner;
  launch(program: Launch): Promise<SessionProcess>;
}

/** A server of tools as its protocol's clients are told of it. */
export type SessionServer =
  | { name: string; command: string; args: readonly string[]; env: Readonly<Record<string, string>> }
  | { name: string; url: string; headers: Readonly<Record<string, string>> };

/** What of the plan's rules a program has to be told before it starts. */
interface PermissionPolicy {
  /** Tools of ours that the agent has. */
  tools: readonly ToolName[];
  /** Some rule asks or denies: each call is a `permission` event before it runs. False: all may run. */
  decides: boolean;
}

/** A program to start in the sandbox. `env`: nothing else of ours reaches it. */
export interface Launch {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  reads: readonly string[];
}

/** A program at work in its sandbox. */
export interface SessionProcess {
  pid: number;
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** `stopped`: why we ended it; null: we did not. */
  ended: Promise<{ exitCode: number | null; exitSignal: string | null; stopped: string | null }>;
  stop(): Promise<void>;
}

/** A program at work on a task. */
export interface Session {
  /** Ends with one event `end`, whatever happens. */
  events: AsyncIterable<RunnerEvent>;
  /** Answers a `permission` event; a second answer is left out. */
  answer(id: string, decision: Decision): Promise<void>;
  /** Tells the agent something between two turns; false: it cannot hear it any more, or never could. */
  send(text: string): Promise<boolean>;
  /** Ends it: SIGTERM, a moment, then everything that is left of it. */
  stop(): Promise<void>;
}

/** What happens to a call. `defer`: nobody answered yet, so the session ends, and goes on with the answer. */
export type Decision =
  { outcome: 'allow'; input?: JsonObject } | { outcome: 'deny'; reason: string } | { outcome: 'defer' };

/** A call of a tool, by the program's own name of it. */
export interface ForeignCall {
  id: string;
  tool: string;
  input: JsonObject;
}

/** The same as the plan's rules read it. */
export interface OwnCall {
  tool: ToolName;
  input: JsonObject;
}

/** What happens in a session, in the order in which it does. */
export type RunnerEvent =
  | { type: 'text'; text: string }
  | ({ type: 'tool-call'; own: OwnCall } & ForeignCall)
  | { type: 'tool-result'; id: string; ok: boolean; text: string }
  /** It waits for {@link Session.answer}. */
  | ({ type: 'permission'; own: OwnCall } & ForeignCall)
  | SessionEnd;

/** How a session ended (U2). */
export type SessionEnd = {
  type: 'end';
  /** In one line, for people. */
  reason: string;
  /** The agent's last words. */
  text: string;
  /** Its answer by the schema. */
  output?: JsonValue;
} & (
  | { status: 'finished' }
  /** It says that it is done, but calls of these tools were refused by the program itself, and nobody was asked. */
  | { status: 'denied'; tools: readonly string[] }
  /** A call waits for somebody. */
  | { status: 'deferred'; call: ForeignCall & { own: OwnCall } }
  /** It used up its turns. */
  | { status: 'limit' }
  /** The provider, or the gateway, refused or could not be reached. */
  | { status: 'refused' }
  /** Somebody else killed it: nothing of that is its own doing. */
  | { status: 'killed' }
  | { status: 'failed' }
);

/** Where a session goes on. */
export type ResumeFrom =
  /** With the call that was put off: it asks about it once more, as a `permission` event, and somebody has decided by now. `print`: what tells it from others. */
  | { kind: 'decision'; toolUseId: string; print: string }
  /** It is told something more: a failing check, a message. */
  | { kind: 'prompt'; prompt: string };

/** A session cannot go on: its files are gone, or the program knows nothing of it. */
export class ResumeError extends Error {
  override readonly name = 'ResumeError';
}
