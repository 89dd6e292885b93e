/** Whether real models answer a run, of whatever providers (`anthropic`, from when there was one), or a scripted one in their place. */
export type ModelKind = 'anthropic' | 'scripted';

/** A file with the answers of an earlier run. `isLive`: what nobody recorded is asked and done, else it is an error. */
export interface LaunchCassette {
  /** Absolute path. */
  file: string;
  /** The run that it was made of. */
  run: string;
  isLive: boolean;
}

/** How the run was launched: what `gaffer watch` needs to go on with it when nothing runs any more. */
export interface LaunchInfo {
  /** Task queue that the run's worker polls. */
  taskQueue: string;
  /** Path of the module with the scripted model's rules; null: the built-in rules, or a real model. */
  script: string | null;
  model: ModelKind;
  /** Port that the scripted model listened on: URLs in the run's inputs may name it. */
  scriptPort: number | null;
  /** Whether the user allowed a shell without a sandbox, in so many words. */
  unsandboxedShell: boolean;
  /** `host:port` pairs that the web tool may reach although they are not public. */
  webAllow: string[];
  /** The cassette that answers it; left out: none does. */
  cassette?: LaunchCassette | undefined;
  /** Absolute paths of modules with tools of one's own; left out: none. */
  tools?: string[] | undefined;
}
