import type { Complexity } from '../../domain/complexity.ts';
import type { AgentChoice, AgentRecord } from '../../domain/evaluation/choose-agent.ts';
import type { SearchAttribute } from '../../domain/run/search-attributes.ts';
import type { Lineage, OrchestrateInput } from '../../contracts/orchestrate-input.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import type { McpPlan } from '../../domain/mcp/mcp-server.ts';
import type { ModelPrice } from '../../domain/model-facts.ts';
import type { RunLabels } from '../../domain/run-labels.ts';
import type { LaunchInfo, ModelKind } from '../../domain/run/launch.ts';
import type { NanoUsd } from '../../domain/money/money.ts';
import type { Plan, PlanTask } from '../../domain/plan/plan.ts';
import type { ToolName } from '../../domain/tool-names.ts';
import type { Spans } from '../../domain/tracing/spans.ts';
import type { ModelClient, ModelRequest } from '../../models/model.ts';
import type { ModelGates } from '../../store/gates/model-gates.ts';
import type { WorkerStore } from '../../store/open-store.ts';
import type { Tool } from '../../tools/tool.ts';
import type { TrainHost } from '../../worktrees/merge/train-host.ts';
import type { Runners } from './runners.ts';
import type { WorkspaceHost } from '../../tools/shell/workspace-host.ts';
import type { Worktrees } from '../../worktrees/worktrees.ts';

/** How one provider's models are asked. */
export interface ModelAccess {
  /** The provider's name. */
  provider: string;
  client: ModelClient;
  /** Keeps all workers together to the provider's rate limits. */
  gates: ModelGates;
  /** It may search the web by itself for agents that have the tool `web`. */
  searches: boolean;
}

/** The models that a worker can ask. */
export interface Models {
  /** A run that was launched for the other kind waits for its own worker, so that no canned run is paid for. */
  kind: ModelKind;
  /** Names of the providers that there are. */
  names: readonly string[];
  find(provider: string): ModelAccess | undefined;
  /** The model that an attempt got in the run that is replayed; left out: nothing is replayed. */
  choiceOf?: (attempt: {
    workflow: string;
    id: string;
    attempt: number;
  }) => { model: string; complexity: Complexity } | undefined;
}

/** The way to the gateway of models. */
interface GatewayDoor {
  /** Path of the Unix socket that it listens on; its folder holds nothing else. */
  socket: string;
  /** Resolves when it is up; starts it where this worker may. @throws GafferError `unreachable`; the signal's reason */
  ready(signal?: AbortSignal): Promise<void>;
}

/** The real things that activities work with, handed in by the worker. */
export interface ActivityDependencies {
  store: WorkerStore;
  models: Models;
  tools: ReadonlyMap<ToolName, Tool>;
  /** Tools that come from servers, by what a plan says of these. */
  servers: ToolServers;
  /** What is done in the workspace besides tools. */
  workspaceHost: WorkspaceHost;
  /** Merges branches in the repositories of this machine. */
  train: TrainHost;
  /** Worktrees of tasks that work apart. */
  worktrees: Worktrees;
  /** Upper bound of what a call can use. */
  worstCaseOf: (request: ModelRequest, price: ModelPrice | null) => { tokens: number; nanoUsd: NanoUsd };
  /** Turns the input of a run into a plan. @throws Error whose message lists everything that is wrong */
  toPlan: (input: OrchestrateInput) => Promise<Plan>;
  /** Why this worker does nothing in a folder that a stored plan names, in words with the way out; null: it does. */
  folderProblem: (folder: string) => string | null;
  /** What the run's input says besides the plan. @throws Error whose message lists everything that is wrong */
  checkInput: (input: OrchestrateInput) => { lineage: Lineage | null; launch: LaunchInfo | null; labels: RunLabels };
  /** The value of an input as its declaration has it, or what is wrong with it. */
  readInput: (name: string, given: JsonValue, declaration: JsonObject) => { value: JsonValue } | { problem: string };
  /** Turns tasks that are added while the run lives into tasks of its plan, checked like a user's file. */
  toAddedTasks: (request: AddedTasksRequest) => Promise<AddedTasksResult>;
  /** Whether this worker begins to stop, or has: what can be handed on goes on elsewhere. */
  isStopping: () => boolean;
  /** Whose processes it ends, and tells from those of others. */
  host: string;
  /** The name that its folders are known by, as of several containers that share them. */
  folderHost: string;
  /** Task queue of this host's workspace tools. */
  workspaceQueue: string;
  /** Those that the namespace has. */
  searchAttributes: readonly SearchAttribute[];
  /** What stands between foreign agents and providers; null: nothing does, and none of them is run. */
  gateway: GatewayDoor | null;
  /** Programs of others that do tasks of agents. */
  runners: Runners;
  /** Told what models and tools did, and how long it took. */
  spans: Spans;
}

/** Servers of tools that this worker can reach. */
export interface ToolServers {
  /**
   * The plan with the very tools that its agents have of its servers, as these say now; one that has them already stays as it is.
   *
   * @throws Error whose message lists everything that is wrong; the signal's reason
   */
  freeze(plan: Plan, run: { runKey: string; signal: AbortSignal }): Promise<Plan>;
  /** The tools that a plan has of its servers. */
  toolsOf(mcp: McpPlan): Tool[];
}

/** Tasks to check. `depth`: how deep they are added, from 1; `parent`: the task of the plan that adds them. */
export interface AddedTasksRequest {
  value: JsonValue;
  /** With the tasks that were added before. */
  plan: Plan;
  /** Ids that are taken: of the plan, and of tasks added before. */
  existingIds: ReadonlySet<string>;
  parent: string | null;
  depth: number;
  /** What agents are chosen by for tasks that name none; asked only where there are some, and agents to choose from. Left out: none is chosen. */
  choosing?: () => Promise<{ records: ReadonlyMap<string, AgentRecord>; seed: string }>;
}

/** The tasks, with why agents that were chosen were, by the tasks' ids; or everything that is wrong with them. */
export type AddedTasksResult =
  | { tasks: PlanTask[]; choices: Readonly<Record<string, AgentChoice>>; problems: null }
  | { tasks: null; problems: string };
