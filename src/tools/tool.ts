import type { ContextStrategy } from '../domain/context/briefing.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { AddTasksResult } from '../contracts/outline.ts';
import type { ToolWait } from '../contracts/turn.ts';
import type { JsonObject, JsonValue } from '../domain/json.ts';
import type { CanonicalCall } from '../domain/tools/canonical-call.ts';
import type { OwnTool } from '../domain/tools/own-tool.ts';
import type { RunEventBody } from '../domain/run/run-events.ts';
import type { ToolTraits } from '../domain/tool-names.ts';
import type { ToolAnswer, ToolQuestion } from '../contracts/turn.ts';
import type { ToolDefinition } from '../models/model.ts';
import type { PostOffice } from './crew/post-office.ts';
import type { Sql } from '../store/database/sql.ts';

/**
 * What repeating a run does: `pure` has no effect, `idempotent` may be repeated,
 * `once` must not be: after a crash the model is told that the outcome is unknown.
 */
export type ToolEffect = OwnTool['effect'];

/** What came out of a task, whole; or why it is not said, in words for the model. */
export type ReadResult = { text: string } | { problem: string };

/** Who calls a tool, and what it may touch. Set by the orchestrator; nothing in here comes from the model. */
export interface ToolCall {
  runKey: string;
  /** The run's row number in the store. */
  runNo: number;
  runId: string;
  taskId: string;
  /** Which attempt of that task, from 1. */
  attempt: number;
  agent: string;
  /** The context's name: who the agent is towards others (`coding_worker_1`). */
  actor: string;
  /** Name of the issue board that the run works on. */
  board: string;
  /** Absolute path of the folder that the tool must not leave. */
  workspace: string;
  /** Where `workspace` led when that was found to be allowed, as a real path: a tool refuses to work where it leads elsewhere. */
  leadsTo?: string;
  /** Folders of `workspace`, from there down, that alone may be written; left out: all of it. */
  writable?: readonly string[];
  /** The journal's key of this call. */
  callKey: string;
  /**
   * Why the policy of the run does not let this be touched, in words for the model; null: it may be.
   *
   * Asked of what is really opened or asked for, right before: what a call comes to (`itself`; each redirect is one), or what lies `inside`.
   */
  objection: (touched: CanonicalCall, place: 'itself' | 'inside') => string | null;
  /** Whether a person of this run has agreed to something that this tool asked about before. */
  isAgreed: (what: string) => Promise<boolean>;
  /** The call was made already and asked something; this is what became of that. Left out: it is made the first time. */
  answered?: { question: ToolQuestion; answer: ToolAnswer };
  /** Adds tasks to the run in the open transaction, or says everything that is wrong with them. */
  addTasks: (tasks: JsonValue, sql: Sql) => Promise<AddTasksResult>;
  /** Reads what came out of another task, if this one may. */
  readResult: (task: string, sql: Sql) => Promise<ReadResult>;
  /**
   * Holds keys until the transaction ends. Whoever waits for one, or wakes those who do, holds it first, before it looks or writes: so no word is
   * lost between the look of the one and the write of the other.
   */
  hold: (sql: Sql, keys: readonly string[]) => Promise<void>;
  /** Its messages to and from other agents of the run. */
  post: PostOffice<ToolOutput>;
}

/** What the model gets back. `content` is at most 32 KB; longer output is shortened by the tool, saying so. */
export interface ToolOutput {
  content: string;
  isError?: boolean;
  /** Events of the run's story that come with this effect; they are written in the same transaction. */
  events?: RunEventBody[];
  /** Tasks that it added to the run, for the workflow. */
  added?: OutlineTask[];
  /** Tasks that it added and that begin at once. */
  begins?: OutlineTask[];
  /** The task of whoever calls it is over with the answer that asks for it, where nothing else of that answer is to be waited for. */
  ends?: true;
  /** Keys of what it made so: calls that wait for one of them look again. */
  wakes?: string[];
  /** It has no result yet: when this has come, it runs again. `content` is not used then. Only of a tool that {@link QuickTool.mayWait}. */
  waits?: ToolWait;
  /** Nothing came of it yet: a person has to answer first. Then the call is made again. */
  asks?: ToolQuestion;
}

interface ToolBase extends ToolTraits {
  definition: ToolDefinition;
  /** What the model is told in a certain run and a task of that strategy; left out: the same in all. It stays the same as long as the run lives. */
  definitionFor?(run: { agents: { name: string; description: string }[]; strategy: ContextStrategy }): ToolDefinition;
  /** What is wrong with an input, in words; null: it can be run. */
  problemOf(input: JsonObject): string | null;
  /** What a call will do, for rules and people; left out: what its input says (`readCall`). Bad input is read as well as may be, never thrown. */
  canonical?(input: JsonObject, workspace: string): Promise<CanonicalCall>;
  /** Effect of this input; of a bad input, which is answered without effect, `pure`. */
  effectOf(input: JsonObject): ToolEffect;
  /** One line for people: `filesystem read src/login.js`. At most 120 characters, no line breaks. */
  describe(input: JsonObject): string;
}

/** A tool whose whole effect lies in our own database: it runs inside the journal's transaction, so exactly once. */
export interface QuickTool extends ToolBase {
  kind: 'quick';
  /** Its calls may wait for other agents: one that does runs again with the same `callKey` whenever it looks, so running it twice does what once does. */
  mayWait?: true;
  /** Bad input is answered with `isError`, never thrown. */
  run(input: JsonObject, call: ToolCall, sql: Sql): Promise<ToolOutput>;
}

/** A tool that touches the world: a process, a file, the network. */
export interface SlowTool extends ToolBase {
  kind: 'slow';
  /**
   * Bad input is answered with `isError`, never thrown. Aborting the signal ends the work and everything it started.
   *
   * @throws the signal's reason when aborted; NotBegunError when nothing was touched, so that another try begins anew
   */
  run(input: JsonObject, call: ToolCall, signal: AbortSignal): Promise<ToolOutput>;
}

/** What an agent can use. */
export type Tool = QuickTool | SlowTool;
