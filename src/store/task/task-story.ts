import type { KeptBlock, KeptMessage } from '../../domain/conversation/conversation.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { RunEvent } from '../../domain/run/run-events.ts';
import type { TaskStatus } from '../../domain/run/run-result.ts';

/** An event with the key that it was told under, which names the step that it is of. */
export interface StoryEvent {
  key: string;
  event: RunEvent;
}

/** A message of whoever works on a task, without what it says. */
export interface StoryMessage {
  id: string;
  /** Key of the model call that wrote it, or that it asks. */
  callKey: string;
  role: KeptMessage['role'];
  /** From 1 in its conversation; 0: an answer that broke off, which no conversation goes on from. */
  depth: number;
  /** ISO 8601. */
  at: string;
  usage: JsonObject | null;
  costUsd: number | null;
}

/** A step that the journal knows. */
export interface StoryStep {
  state: 'intent' | 'done';
  /** How often somebody set out to do it. */
  attempts: number;
  result: JsonObject | null;
}

/** The row of an execution. */
export interface StoryTask {
  id: string;
  task: string;
  status: TaskStatus;
  prompt: string | null;
  width: number | null;
  head: string | null;
  /** Its structured result; only where `isParsed`. */
  output: JsonValue;
  isParsed: boolean;
  /** The item of the `for_each` that it works on; only where `hasItem`. */
  item: JsonValue;
  hasItem: boolean;
  attempts: number;
  durationMs: number;
  reusedFrom: string | null;
}

/** A call that may have changed files, as far as its arguments say it. Texts are cut. */
export interface StoryWrite {
  callKey: string;
  toolUseId: string;
  tool: string;
  action: string | null;
  path: string | null;
  content: string | null;
  before: string | null;
  after: string | null;
}

/** What one task of a run did, for whoever looks into it. */
export interface TaskStories {
  /** Its row, and its item; undefined: it has not begun. */
  taskRow(runKey: string, id: string): Promise<StoryTask | undefined>;
  /** What was told of it, and what made its whole run stand still or end: at most 20,000. */
  taskEvents(runKey: string, id: string): Promise<StoryEvent[]>;
  /** Messages of its own turns and of those that undo it or help it, as they were written: at most 10,000. */
  taskMessages(runKey: string, id: string): Promise<StoryMessage[]>;
  /** What messages of a run say, by id. */
  messageContents(runKey: string, ids: readonly string[]): Promise<Map<string, KeptBlock[]>>;
  /** Steps by the journal's keys. */
  taskSteps(runKey: string, keys: readonly string[]): Promise<Map<string, StoryStep>>;
  /** Calls of its own turns that write files, or may: at most 1,000, texts at most `longest` characters. */
  taskWrites(runKey: string, id: string, longest: number): Promise<StoryWrite[]>;
  /** Executions of tasks of the plan, in the order in which they began: at most 10,000. */
  executionsOf(runKey: string, tasks: readonly string[]): Promise<{ id: string; task: string; status: TaskStatus }[]>;
}
