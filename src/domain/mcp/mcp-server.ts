import type { JsonObject } from '../json.ts';

/** Servers of tools as one file declares them (`{"mcpServers": …}`), in one form whatever the file's own: what somebody trusts. `file`: its real path. */
export interface McpSource {
  file: string;
  text: string;
}

/** How a server is reached. Values of `env` and `headers` may hold references to variables of the worker: `${NAME}`, `${NAME:-default}`, as may all other texts. */
export type McpTransport =
  | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string> }
  | { kind: 'http'; url: string; headers: Record<string, string> };

/** What repeating a call of a tool does; see `OwnTool`. */
export type McpEffect = 'pure' | 'idempotent' | 'once';

/** A server that somebody declared. */
export interface McpServer {
  /** First part of its tools' names. */
  name: string;
  transport: McpTransport;
  /** Whether a process may use the network; of a server that is reached by HTTP, whether its address may be one that is not public. */
  network: boolean;
  /**
   * Whether a process finds the workspace. One that gets more than a command of an agent has (variables, the network, folders) does only where that
   * is said: whoever writes its program, or what that loads, has all of it.
   */
  findsWorkspace: boolean;
  /** Absolute paths of folders outside of the workspace that a process finds to read. */
  reads: string[];
  /** What its author's user says of its tools, by their names there; what is not said: `once`. The server's own word counts for nothing. */
  effects: Readonly<Record<string, McpEffect>>;
  /** Longest call in ms. */
  timeoutMs: number;
}

/** A tool of a server as the run began with it. */
export interface McpTool {
  /** `SERVER.TOOL`, as agents and rules name it. */
  name: string;
  server: string;
  /** What the server calls it. */
  tool: string;
  description: string;
  input: JsonObject;
  /** Hash of what the server said of it. */
  hash: string;
}

/** Servers that a run's agents may use. */
export interface McpPlan {
  sources: McpSource[];
  /** What they offered when the run began; not there: nobody asked yet. */
  tools?: McpTool[];
  /** What agents do not get although their globs mean it, and why, and what is said of tools that there are none of, a sentence each; not there: nothing. */
  leftOut?: string[];
}

/** A tool that a server offers now. */
export interface OfferedTool {
  tool: string;
  description: string;
  input: JsonObject;
}
