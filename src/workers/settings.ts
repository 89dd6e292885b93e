import type { SourceBounds } from '../domain/source/source-bounds.ts';
import type { TemporalTarget } from '../domain/temporal-target.ts';
import type { WorkerTuning } from '../domain/run/worker-tuning.ts';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import type { Places } from '../host/believed.ts';
import type { TracingSettings } from '../host/tracing/tracing.ts';
import type { RateLimits } from '../store/gates/model-gates.ts';
import type { ToolSettings } from '../tools/registry.ts';
import type { Tool } from '../tools/tool.ts';
import type { DeploymentVersion } from './deployment.ts';
import type { WorkerGateway } from './gateway/worker-gateway.ts';
import type { ModelSettings } from './models.ts';
import type { WorkFolders } from './work-folders.ts';

/** Everything that a worker needs to know; the composition root turns it into real things. */
export interface WorkerSettings {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  models: ModelSettings;
  /** Stands between agents and providers; null or left out: nothing does, and no foreign agent is run. */
  gateway?: WorkerGateway | null;
  /** What each provider allows its account, per model; left out: found out by its refusals. */
  rateLimits?: RateLimits;
  /** Who has the workspaces: workers that share their folders may share the name, and one that replaces another has it. Default: the host's. */
  host?: string;
  /** Folder that tools work in when a run names none. */
  workspace: string;
  /** Where work may lie; nothing is run, undone or kept elsewhere. */
  folders: WorkFolders;
  /** Folders whose files `temporal workflow start` may name: of two that have the name, the first one's. */
  workflowsDirs: readonly string[];
  agentsDirs: string[];
  /** How large definitions may be that come by Temporal, or that it names; default: as those of others. */
  definitions?: SourceBounds;
  /** Where Gaffer is used from: what is believed there is covered in the sandbox. Default: where the process stands. */
  places?: Places;
  /** Whether the user allowed a shell without a sandbox, in so many words. */
  unsandboxedShell: boolean;
  /** Tools that agents can be given besides the built-in ones, by names in a namespace: `acme.greet`. */
  tools?: readonly Tool[];
  /** `host:port` pairs that the web tool may reach although they are not public. */
  webAllow: string[];
  /** Who is asked to search the web; default: nobody, and agents are told so. */
  search?: ToolSettings['web']['search'];
  /** Hears, in lines for people, when a server is lost and when it is back. Default: nobody does. */
  say?: (line: string) => void;
  /** Where the SDK's log goes; null: nowhere. */
  logFile: string | null;
  /** Sends the SDK's log to standard output instead, as lines of JSON. The first worker of a process decides. Default: false. */
  logsToStdout?: boolean;
  /** `host:port` where Prometheus finds the SDK's metrics; null or left out: nowhere. The first worker of a process decides. */
  metricsAddress?: string | null;
  /** Where spans of its steps go; null or left out: nowhere. */
  tracing?: TracingSettings | null;
  /** Version of the code in a worker deployment, made current if so said; default: unversioned. */
  deployment?: DeploymentVersion & { makeCurrent?: boolean };
  /** Ended runs older than this are removed from the store, now and then; null or not given: they are kept. */
  retentionMs?: number | null;
  /** Only answers for its runs: takes no step that costs money or touches the world. Default: false. */
  controlOnly?: boolean;
  /** Prebuilt workflow code; default: the one beside this module. */
  workflowBundle?: string;
  /** The code itself, instead of a file with it. */
  workflowCode?: string;
  /** Activities of somebody's own workflows, by names that ours do not have. */
  ownActivities?: object;
  /** What stands before every activity, after our own. */
  activityInterceptors?: ActivityInterceptorsFactory[];
  /** Where workflow code may send what it tells, such as spans of its interceptors. */
  sinks?: InjectedSinks<Sinks>;
  /** How much it does at once; default: what fits a worker of 100 steps. */
  tuning?: WorkerTuning;
}
