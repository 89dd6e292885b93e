/** One call of `agent`, as the script made it. What means nothing here (unknown options, wrong types) is left out already. */
export interface AgentCall {
  prompt: string;
  /** As given and trimmed, else the prompt's beginning in one line (60 characters at most). */
  label: string;
  phase: string | null;
  /** JSON Schema whose root is an object; one that cannot be used never gets here. */
  schema: Record<string, unknown> | null;
  model: string | null;
  agentType: string | null;
}

/** What `agent` gives to the script: a text, a value that fits the schema, `null`, or an error that it can catch. */
export type AgentReply =
  | { kind: 'text'; text: string }
  | { kind: 'value'; value: unknown }
  | { kind: 'none' }
  | { kind: 'error'; message: string; /** Said of answers that never fitted the schema. */ about?: 'schema' };

/** How a script names another one. */
export type ScriptRef = { name: string } | { scriptPath: string };

/** Source of a script that was checked, and the name of its file for messages. */
export interface ScriptSource {
  source: string;
  file: string;
}

type FailedPart =
  { of: 'parallel' | 'pipeline'; index: number; message: string } | { of: 'workflow'; name: string; message: string };

/** The world of a script: nothing gets in or out but by this. Promises may settle in any order, in microtasks or later. */
export interface ScriptHost {
  /** Called in the order of the script's calls; how many run at once is the host's business. It does not reject. */
  agent(call: AgentCall): Promise<AgentReply>;
  /** A rejection's message is what the script sees (unknown, untrusted, broken). */
  child(ref: ScriptRef): Promise<ScriptSource>;
  log(text: string): void;
  phase(title: string): void;
  /** Something threw that its caller saw as null or as an error of its own: part of a `parallel` or `pipeline`, a script that was called. */
  partFailed(part: FailedPart): void;
  /** One-shot timer; `fired` of one that was cleared must not settle. */
  setTimer(ms: number): { fired: Promise<void>; clear: () => void };
  /** In the unit that the run's budget has; `total` null: none. */
  budget: { total: number | null; spent(): number };
}

/** What a run of a script may take at most. */
export interface ScriptLimits {
  /** Calls of `agent` in a run, children included. */
  agents: number;
  /** Items of one `parallel` or `pipeline`. */
  itemsPerCall: number;
  /** Lines of `log` and `console` in a run; what comes behind them is not told. */
  logLines: number;
  /** Memory of the interpreter, in bytes. */
  memoryBytes: number;
  /** How often the interpreter may be asked whether it goes on, between two waits for the host: once in some thousand calls and jumps. */
  steps: number;
  /** The same in all of a run: whoever replays it does all of that at once. */
  stepsInAll: number;
}

/**
 * Why a script failed. `throw`: an error that nobody caught; `schema`: that of `agent` about a schema; `nondeterminism`: a clock or chance
 * at run time; `timeout`: more steps than allowed; `standstill`: it waits and nothing can come; `memory`: more than allowed, or too deep;
 * `unserialisable`: its result is no JSON; `syntax`: the interpreter does not know what the check let pass; `stopped`: by whoever ran it.
 */
export type ScriptFailure =
  'throw' | 'schema' | 'nondeterminism' | 'timeout' | 'standstill' | 'memory' | 'unserialisable' | 'syntax' | 'stopped';

export type ScriptEnd =
  | { status: 'returned'; hasValue: boolean; value: unknown }
  | {
      status: 'failed';
      kind: ScriptFailure;
      /** Name and message of the error, as the script saw it. */
      name: string;
      message: string;
      /** Where it arose, from 1; null when nobody can say. */
      line: number | null;
      column: number | null;
      file: string;
    };

/** What a script says of itself. */
export interface ScriptMeta {
  name: string;
  description: string;
  whenToUse: string | null;
  phases: readonly { title: string; detail: string | null; model: string | null }[];
}

/** Why a script does not start. */
export interface ScriptProblem {
  kind: 'empty' | 'size' | 'meta' | 'syntax' | 'nondeterminism';
  message: string;
  line: number;
  column: number;
}
