import type { OrchestrateInput } from '../contracts/orchestrate-input.ts';
import type { LaunchInfo } from '../domain/launch.ts';
import type { NanoUsd } from '../domain/money.ts';
import type { ModelPrice } from '../domain/model-table.ts';
import type { Plan } from '../domain/plan.ts';
import type { ToolName } from '../domain/tool-names.ts';
import type { ModelClient, ModelRequest } from '../models/model.ts';
import type { WorkerStore } from '../store/open-store.ts';
import type { Tool } from '../tools/tool.ts';

/** The real things that activities work with, handed in by the worker. */
export interface ActivityDependencies {
  store: WorkerStore;
  model: ModelClient;
  /** What `model` is: a run that was launched for the other kind waits for its own worker, so that no canned run is paid for. */
  modelKind: LaunchInfo['model'];
  tools: ReadonlyMap<ToolName, Tool>;
  /** Upper bound of what a call can use. */
  worstCaseOf: (request: ModelRequest, price: ModelPrice) => { tokens: number; nanoUsd: NanoUsd };
  /** Turns the input of a run into a plan. @throws Error whose message lists everything that is wrong */
  toPlan: (input: OrchestrateInput) => Promise<Plan>;
  host: string;
  /** Task queue of this host's workspace tools. */
  workspaceQueue: string;
  hasSearchAttributes: boolean;
}
