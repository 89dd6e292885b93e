import type { JsonObject } from '../domain/json.ts';
import type { Answer } from '../domain/turns/agent-turns.ts';
import type { Approval } from '../domain/plan/plan.ts';
import type { OutlineTask } from '../domain/plan/outline.ts';
import type { ApprovedCall } from '../domain/tools/judge-touched.ts';

/** One turn: which step, of which conversation. The messages themselves are in the store. */
export interface TurnInput {
  runKey: string;
  taskId: string;
  attempt: number;
  turn: number;
  epoch: number;
  agent: string;
  context: string;
  /** Message that the conversation has come to; null: none yet. */
  head: string | null;
  /** `task`: the plan's prompt of this task begins it; a text: that one; null: goes on after tool results. */
  prompt: 'task' | { text: string } | null;
  /** Somebody said to go on although the provider asks to wait: it is asked at once, one call after the other. */
  insists?: true;
}

/** A turn, and how far the quick ones after it may go. */
export interface CallModelInput extends TurnInput {
  /** Number of the last turn that this task may take. */
  lastTurn: number;
  /** Fingerprints of the turns before, newest last: as many as loop detection looks at. */
  history: string[];
  /** JSON Schema of the answer, for a task that no plan has. */
  output?: JsonObject;
}

/** One turn, as the workflow knows it. */
export interface TakenTurn extends Answer {
  /** Names of the tools that it asked for. */
  tools: string;
  /** After a `cut`: what the model is told next. Answers of earlier versions do not have it. */
  goOn?: string;
  /** Short hash of text, tool inputs and results of quick tools. */
  fingerprint: string;
}

/** What the workflow learns of a model's answers: one, or several that came quickly. */
export interface CallModelResult {
  turns: TakenTurn[];
  /** Tools of the last turn that the workflow sees to. */
  slowTools: SlowToolCall[];
  /** What is wrong with the last answer of a task with a structured `output`, in words for the model; null: nothing. */
  problem: string | null;
  /** Tasks that were added by `plan_tasks` in these turns: they start when this task has succeeded. */
  added: OutlineTask[];
  /** Tasks that were added in these turns and begin at once, as whoever added them waits for them; left out: none. */
  begins?: OutlineTask[];
  /** A final failure of the turn after the last one; null: none. */
  failure: { type: string; message: string; details?: unknown[] } | null;
}

/** What a tool call waits for: something that another agent of the run does. */
export interface ToolWait {
  /** Whoever does it calls this key. */
  key: string;
  /** When it goes on without, ISO 8601; null: never. */
  until: string | null;
  /** In one line, for people: `an answer of reviewer`. */
  what: string;
}

/** A tool call that the workflow sees to: runs it, asks a person first, or waits for the answer to a blocker. */
export interface SlowToolCall {
  id: string;
  /** One line for people: `bash npm test`. */
  summary: string;
  /** `run` it; `ask` somebody first; `deny`: the policy forbids it; `blocker`: the agent asks for help; `wait`: it has begun, and waits. */
  gate: 'run' | 'ask' | 'deny' | 'blocker' | 'wait';
  /** For `wait`. */
  waits?: ToolWait;
  /** The literal call for whoever decides, or the blocker's words; at most 2,000 characters, empty for `run`. */
  detail: string;
  /** Who decides, for `ask`. */
  approval: Approval | null;
  /** The call in its one line, for `ask`, where its target could become another one until it runs. */
  line?: string;
}

/** One tool run of a turn. Its input is read from the answer in the store. */
export interface CallToolInput {
  runKey: string;
  taskId: string;
  attempt: number;
  turn: number;
  epoch: number;
  agent: string;
  context: string;
  /** The answer that asks for it. */
  head: string;
  toolUseId: string;
  /** Its result is this, and nothing runs: a denial, or the answer to a blocker. */
  answer?: {
    content: string;
    isError: boolean;
    /** The whole text of this message instead of `content`. */ head?: string;
  };
  /** Under which terms somebody allowed it, and which call; null: nobody was asked. Not there in runs of earlier versions. */
  approved?: ApprovedCall | null;
  /** A person changed its input before approving it. */
  input?: JsonObject;
  /** It was made already and asked something. */
  answered?: { question: ToolQuestion; answer: ToolAnswer };
}

/** What a tool has to know of a person before a call of it comes to its end. Holds nothing of the model's. */
export interface ToolQuestion {
  /** `agree`: whether something may be; `answer`: words, or JSON. */
  kind: 'agree' | 'answer';
  /** In one line. */
  what: string;
  /** At most 2,000 characters. */
  detail: string;
  /** What the tool goes on with; at most 16,000 characters. */
  note: string;
}

/** What became of it. */
export interface ToolAnswer {
  outcome: 'approved' | 'denied' | 'answered' | 'halted';
  text: string;
  by: string;
}

/** What the workflow learns of a tool run. */
export interface CallToolResult {
  ok: boolean;
  /** Short hash of the result. */
  fingerprint: string;
  /** It has no result yet, and is called again when this has come; left out: it has. */
  waits?: ToolWait;
  /** It has no result yet, but a question. Only from tools of servers. */
  asks?: ToolQuestion;
  /** Tasks that it added and that begin at once; left out: none. */
  begins?: OutlineTask[];
}
