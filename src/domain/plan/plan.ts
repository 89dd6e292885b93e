import type { CodingAgent, CodingPlan, CodingTask, Isolation } from '../coding/isolation.ts';
import type { ContextStrategy, Pass } from '../context/briefing.ts';
import type { PlanContext } from '../context/plan-context.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ModelFacts } from '../model-facts.ts';
import type { Complexity, ModelTiers } from '../complexity.ts';
import type { McpPlan, McpSource } from '../mcp/mcp-server.ts';
import type { ToolName } from '../tool-names.ts';
import type { PlanLimits, SpendLimit } from './plan-limits.ts';
import type { EvaluatedRun, PlanEvaluation } from './plan-checks.ts';
import type { PlanScript } from './plan-script.ts';
import type { OpenPlan, Repeat, ReuseRule, TaskWork } from './task-work.ts';

/**
 * Who does a task. Frozen into the run with everything else of the Plan.
 *
 * `model` is a full model id (aliases are already resolved), or `auto` (see {@link Plan.tiers}), `provider` who answers it (left out: `anthropic`); `maxTokens` limits one answer, in tokens; `maxTurns` the model calls of one task.
 * `rules`: what its own file lets it do with its tools; they and the plan's policy both have their say, and the stricter one counts, as with `bounds`, those of whoever shares out its work.
 */
export interface Agent extends CodingAgent {
  name: string;
  description: string;
  model: string;
  provider?: string;
  tools: ToolName[];
  maxTurns: number;
  maxTokens: number;
  system: string;
  rules?: ToolRule[];
  bounds?: ToolRule[][];
  /** Servers of tools that its own file declares; never in a Plan, whose own list has them. */
  mcp?: McpSource;
}

/** A folder that tools work in. */
export interface Workspace {
  /** In a Plan's task: from the run's own folder down or, outside of it, absolute. What `workspaceOf` gives is absolute. */
  path: string;
  /** The host that has it; not there: the run's own. */
  host?: string;
}

/** A file of a workspace for who works there, by its path in it: `AGENTS.md`, or a `SKILL.md` with what it says of itself. Written by whoever can write there. */
export interface Guide {
  file: string;
  name?: string;
  description?: string;
}

/** A text with expressions in it: literal pieces and CEL sources between them. Values are data: never parsed again. */
export type Template = (string | { expression: string })[];

/** One node of the graph. Expressions are CEL sources. */
export interface PlanTask extends CodingTask {
  id: string;
  /** Index into {@link Plan.phases}; null for a task outside of phases. */
  phase: number | null;
  /** The conversation it continues. */
  context: string;
  /** Key of {@link Plan.agents}; with `work`, which does it instead of an agent, a word for that. */
  agent: string;
  work?: TaskWork;
  /** What to do, with inputs filled in. Expressions that only the run can fill in stand in it as written. */
  prompt: string;
  /** The prompt in pieces, when only the run can fill it in; null: `prompt` is whole. */
  template: Template | null;
  /** The prompt as its author wrote it, where inputs are filled in: the same in each case. Not there: `prompt` is. */
  written?: string;
  dependsOn: PlanDependency[];
  /** How many of the dependencies written by the user must be met: all, one, or `quorum`. Implied ones (`from`) always wait for the end. */
  join: 'all' | 'any' | { quorum: number };
  /** Its failure counts as success for those that wait for it; the run is still `partial`. */
  continueOnError: boolean;
  /** 1 (last) to 10 (first); 5 is normal. */
  priority: number;
  /** Waits until every task of that phase has ended, failed or not; null: no such wait. */
  afterPhase: number | null;
  /** Starts only if true; the phase's condition included. null: always. */
  when: string | null;
  /** Runs once per item of a list, at most `size` at once (null: only the run's limit). */
  forEach: { items: string; size: number | null } | null;
  /** Runs again until true, at most `max` times in all. */
  repeat: Repeat | null;
  /** JSON Schema that the agent's last answer must meet; null: any text. */
  output: JsonObject | null;
  retry: { maxAttempts: number; backoffMs: number };
  /** Limit of one attempt in ms; null: only the run's limit. */
  timeoutMs: number | null;
  limits: SpendLimit;
  compensate: Compensation | null;
  approval: TaskApproval | null;
  /** Globs of files that it writes; tasks whose globs overlap never run at once. */
  filesScope: string[];
  /** Where its tools work; not there: in the run's workspace. */
  workspace?: Workspace;
  /** Its agent splits the work into tasks (tool `plan_tasks`), which run as part of it. */
  decompose: boolean;
  /** What its context knows of others besides what is passed on; not there: nothing. */
  strategy?: Exclude<ContextStrategy, 'isolated'>;
  /** How deep it was added: 0 for a task of the plan. */
  depth: number;
  /** When a result of an earlier run is taken over; not there: as reuse-rule.ts says. */
  reuse?: ReuseRule;
  /** For people. */
  description?: string;
  /** What its agent gets to know besides the prompt, as data. */
  data?: JsonObject;
  /** What is asked of the model instead of what the agent's file says; see `agentAtWork`. */
  overrides?: Partial<Pick<Agent, 'model' | 'provider' | 'maxTokens'>>;
  /** How hard it is, as its author says: which model it gets where that is `auto`; not there: it is estimated. */
  complexity?: Complexity;
  /** Track that it belongs to: members of {@link Plan.pool} of that track do it. */
  track?: string;
  /** The script that it is: it asks agents as it goes on, and each of them is a task of the run. Not there: an agent does it. */
  script?: PlanScript;
  /** Heading that it stands below for people, where no phase of the plan is its own. */
  heading?: string;
  /** Script that asked for it, by its id. */
  askedBy?: string;
  /** The question of another agent that it answers: its last words are the answer. `context`: the conversation that was asked. */
  answers?: { request: string; context: string };
}

/** What undoes a task. In `bash`, expressions arrive as environment variables only. */
export type Compensation =
  | { kind: 'bash'; command: string; env: Record<string, { expression: string }> }
  | { kind: 'tool'; tool: ToolName; input: JsonObject }
  | { kind: 'prompt'; agent: string; prompt: string; template: Template | null };

/** Who decides, and by when. Times in ms. */
export interface Approval {
  /** Roles that may decide; empty: anybody. */
  by: string[];
  /** How many different people must approve. */
  needed: number;
  deadlineMs: number | null;
  /** How often those who may decide are reminded. */
  remindMs: number | null;
  /** After this time these roles may decide too. */
  escalate: { afterMs: number; to: string[] } | null;
  /** When nobody decided in time: the run stops, the answer is no, or yes. Recorded as a timeout, never as a person's answer. */
  onTimeout: 'halt' | 'deny' | 'approve';
}

/** A person looks at a task before it starts or after it ended. */
export interface TaskApproval extends Approval {
  at: 'before' | 'after';
  /** Asked only if true; null: always. */
  when: string | null;
}

/** What happens to tool calls of a kind. The first rule that fits counts; without one a call is allowed. */
export interface ToolRule {
  /** Glob over the tool's name: `bash`, `github.*`, `*` for all. */
  tool: string;
  /** Glob over the call in one line (`bash git push origin`); null: any. */
  match: string | null;
  /** Calls that it is not about, as narrow as those of `allow`; of a file `ACTION PATH`, where only `**` goes into folders. */
  unless?: string[];
  /** Agents it holds for; empty: all. */
  agents: string[];
  action: 'allow' | 'ask' | 'deny';
  approval: Approval;
}

/** An edge: `any_end` is met by the other task's end, `all_success` by its success only. */
export interface PlanDependency {
  task: string;
  on: 'all_success' | 'any_end';
  /** Why the edge is there: written by the user, order inside a sequential phase, or the same context. */
  from: 'explicit' | 'sequence' | 'context';
  /** What of its result this task begins with; not there: what the prompt names. */
  pass?: Exclude<Pass, 'none'>;
}

/** Somebody who does tasks, one at a time: those of its tracks, and those of none. Without tracks: all. */
export interface PoolMember {
  id: string;
  tracks: string[];
}

/** A named group of tasks; the next phase begins when all of them have ended. */
export interface PlanPhase {
  name: string;
  executionMode: 'sequential' | 'parallel';
  /** Its tasks run again, all of them, until true. */
  repeat: Repeat | null;
  limits: SpendLimit;
  /** Where its tasks work; not there: as the run says. */
  isolate?: Isolation;
}

/**
 * The one normal form of what a user wrote: nothing after it knows the format it came from.
 *
 * Plain JSON, hashed and stored whole; `tasks` stand in topological order.
 */
export interface Plan extends OpenPlan, CodingPlan {
  version: 1;
  name: string;
  description: string;
  manager: string | null;
  /** Agents that tasks which an agent adds may be done by; not there: all of {@link Plan.agents}. */
  delegates?: string[];
  /** Agent of tasks that name none when they are added while the run lives; null: they must name one. */
  defaultAgent: string | null;
  /** Absolute path of the folder that tools work in. */
  workspace: string;
  /** Where workspaces of tasks stand in this run, by what the tasks say; not there: where they say. */
  folders?: Record<string, string>;
  inputs: Record<string, JsonValue>;
  limits: PlanLimits;
  context: PlanContext;
  /** Whether agents work with each other: then those that have tools for it (`withCrewTools`) may use them; not there: no. */
  communication?: true;
  /** Ids of runs, as globs, with whose agents its own may exchange messages where those runs say the same; not there: none. */
  partners?: string[];
  /** File in the workspace, by its path from there down, in which people follow the run and tell its manager what they want; not there: none. */
  communicationFile?: string;
  /** How many tasks of an agent run at once, by its name; not there: only the run's limit counts. */
  concurrency?: Record<string, number>;
  /** Who does the tasks: no more of them run at once than have somebody; not there: any number. */
  pool?: PoolMember[];
  /** What the run is for: CEL sources by name, evaluated when it ends; not there: the file names none. */
  outputs?: Record<string, string>;
  /** What folders hold for who works in them, by what tasks say of their workspace (`''`: the run's own); not there: nothing that anybody looked for. */
  guides?: Record<string, Guide[]>;
  /** When a task failed for good: its dependents are skipped, the run stops, or all that was done is undone. */
  onFailure: 'continue' | 'stop' | 'compensate';
  /** A checkpoint after so many ended tasks, besides one after every phase; null: none. */
  checkpointEvery: number | null;
  /** What happens to tool calls; the first rule that fits counts. */
  policy: ToolRule[];
  phases: PlanPhase[];
  tasks: PlanTask[];
  agents: Record<string, Agent>;
  /** Workflows that are tasks of it, by the hash of each. */
  workflows?: Record<string, Plan>;
  /** Policies of the runs that it is part of: each has its say, and the strictest counts. */
  bounds?: ToolRule[][];
  /** How its runs are evaluated when they end; not there: only when somebody asks. */
  evaluate?: PlanEvaluation;
  /** The run that a run of it evaluates; not there: none. */
  evaluates?: EvaluatedRun;
  /** Servers that some of its tools come from; not there: none. */
  mcp?: McpPlan;
  /** What was known of its agents' models when it was made, by their names as agents write them; not there: what the table of models says. */
  models?: Record<string, ModelFacts>;
  /** Models of agents and tasks whose model is `auto`; not there: none is. */
  tiers?: ModelTiers;
}

const noLimit: SpendLimit = { usd: null, tokens: null };

/** Defaults of a run that a definition leaves open. */
export const planDefaults = {
  limits: {
    maxParallel: 10,
    timeoutMs: 2 * 60 * 60 * 1000,
    tokens: null,
    usd: 5,
    onExceeded: 'fail',
    usdPerMinute: null,
    tasks: 'child',
    perTask: noLimit,
    perAgent: {},
    maxDepth: 3,
    maxFanOut: 32,
    maxAddedTasks: 200,
  },
  phase: { repeat: null, limits: noLimit },
  run: { onFailure: 'continue', checkpointEvery: null },
  task: {
    template: null,
    join: 'all',
    continueOnError: false,
    priority: 5,
    when: null,
    forEach: null,
    repeat: null,
    output: null,
    limits: noLimit,
    compensate: null,
    approval: null,
    decompose: false,
    depth: 0,
  },
  approval: { needed: 1, deadlineMs: null, remindMs: null, escalate: null, onTimeout: 'halt' },
  /** Iterations of a loop that names no `max`. */
  repeatMax: 3,
  context: {
    maxMessages: 50,
    pruneAtTokens: 150_000,
    gist: { tokens: 1000 },
    briefing: { pass: 'none', passTokens: 400, noteTokens: 2000 },
  },
  retry: { maxAttempts: 1, backoffMs: 2000 },
  agent: { model: 'claude-sonnet-4-6', maxTurns: 50, maxTokens: 8192 },
} as const;
