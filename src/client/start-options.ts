import type { JsonObject } from '../domain/json.ts';
import type { Plan } from '../domain/plan/plan.ts';
import type { RunLabels } from '../domain/run-labels.ts';
import type { RunPriority } from '../domain/run-priority.ts';

/** What a run is made from: exactly one of a file (or a folder of workstreams, or the name of a template), its text, its content as an object, a template in code, a plan that was checked before, and a task in words. */
export type StartSource =
  | { file: string; text?: never; definition?: never; plan?: never; task?: never; template?: never }
  | { text: string; file?: never; definition?: never; plan?: never; task?: never; template?: never }
  | { definition: JsonObject; file?: never; text?: never; plan?: never; task?: never; template?: never }
  | { plan: Plan; file?: never; text?: never; definition?: never; task?: never; template?: never }
  | {
      /** What is to be done: a manager splits it among agents that fit. */
      task: string;
      /** What holds for it, as data or in words. */
      requirements?: JsonObject | string;
      file?: never;
      text?: never;
      definition?: never;
      plan?: never;
      template?: never;
    }
  | { template: StartTemplate; file?: never; text?: never; definition?: never; plan?: never; task?: never };

/** A template of `defineTemplate`, whatever its parameters; `inputs` are their values. */
export interface StartTemplate {
  id: string;
  name?: string;
  description?: string;
  parameters?: Readonly<Record<string, unknown>>;
  buildTasks(parameters: never): unknown;
}

/** How every run is started. */
export interface LaunchOptions {
  /** Default: the workflow's name with four random characters. */
  id?: string;
  /** Module that exports rules of a scripted model: no key, no costs. Only where the connection starts workers. */
  script?: string;
  /** Lets agents' commands run without a sandbox. */
  allowUnsandboxedShell?: boolean;
  /**
   * What people find it by: `{ team: 'search' }`. At most 16; a key has up to 63 letters, digits and any of `. _ / -`, a value up to 200 characters.
   * A retry and a fork have those of the run before, too.
   */
  labels?: RunLabels;
}

/** When a run starts, and before whom. */
export interface TurnOptions {
  /** Before whom it gets a place at a worker, in all its steps; default: `normal`. */
  priority?: RunPriority;
  /** When it starts, a Date or ISO 8601 with its zone, at most a year from now; default: now. */
  at?: Date | string;
}

/** What starts a run. Paths may be relative to the connection's folder. */
export type StartOptions = StartSource & LaunchOptions & TurnOptions & StartSettings;

/** What a run is to do, and where. */
export interface StartSettings {
  inputs?: JsonObject;
  /** Wins over the definition's, in the same format: `{ usd: 1, timeout: '10m' }`. */
  limits?: JsonObject;
  /** Most money that it may cost in USD, together with the evaluation that it starts by itself, whatever the definition and `limits` say. */
  mostUsd?: number;
  /** Folder that its tools work in; wins over the definition's. */
  workspace?: string;
  /** Folders with agents, looked into before those beside the file; or names of agents that a team or a task is left to. */
  agents?: string[];
  /** Modules that export tools of your own (`defineTool`), none of them where the run's agents work. */
  tools?: string[];
  /** Has a person approve how work is split, before what it was split into begins. */
  approvePlan?: boolean;
  /** JSON file in the workspace in which people follow the run and write to its manager; wins over the definition's. */
  communicationFile?: string;
  /** Issue board; default: the run's own. */
  board?: string;
  /** Earlier run whose results are used again where nothing changed. */
  reuse?: string;
  /** How it is written: `native`, `task-list`, `workstreams`, `team`, `description`; default: as it looks. */
  format?: string;
  /** File that says who does the workstreams of a folder; default: `agents.yaml` in it, beside it, or in `config/` beside it. */
  pool?: string;
  /** File with the tracks of the workstreams of a folder. */
  tracks?: string;
  /** File that says which workstreams of a folder run as a workflow or a template. */
  patterns?: string;
}
