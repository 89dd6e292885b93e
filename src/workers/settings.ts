import type { TemporalTarget } from '../domain/temporal-target.ts';
import type { Places } from '../host/believed.ts';
import type { RateLimits } from '../store/gates/model-gates.ts';
import type { Tool } from '../tools/tool.ts';
import type { DeploymentVersion } from './deployment.ts';
import type { ModelSettings } from './models.ts';
import type { WorkFolders } from './work-folders.ts';

/** Everything that a worker needs to know; the composition root turns it into real things. */
export interface WorkerSettings {
  temporal: TemporalTarget;
  databaseUrl: string;
  taskQueue: string;
  models: ModelSettings;
  /** What each provider allows its account, per model; left out: found out by its refusals. */
  rateLimits?: RateLimits;
  /** Folder that tools work in when a run names none. */
  workspace: string;
  /** Where work may lie; nothing is run, undone or kept elsewhere. */
  folders: WorkFolders;
  /** Folders whose files `temporal workflow start` may name: of two that have the name, the first one's. */
  workflowsDirs: readonly string[];
  agentsDirs: string[];
  /** Where Gaffer is used from: what is believed there is covered in the sandbox. Default: where the process stands. */
  places?: Places;
  /** Whether the user allowed a shell without a sandbox, in so many words. */
  unsandboxedShell: boolean;
  /** Tools that agents can be given besides the built-in ones, by names in a namespace: `acme.greet`. */
  tools?: readonly Tool[];
  /** `host:port` pairs that the web tool may reach although they are not public. */
  webAllow: string[];
  /** Hears, in lines for people, when a server is lost and when it is back. Default: nobody does. */
  say?: (line: string) => void;
  /** Where the SDK's log goes; null: nowhere. */
  logFile: string | null;
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
  /**
   * Workflows kept in memory; 0 replays at every step, as tests do. Default: the SDK's, at least 10. With fewer, the SDK puts
   * aside workflows whose local step is still under way and forgets their workflow task, which then times out (docs/decisions/0028).
   */
  maxCachedWorkflows?: number;
}
