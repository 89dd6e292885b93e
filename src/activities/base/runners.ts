import type { AgentRunner } from '../../domain/coding/agent-runner.ts';
import type { FoundProgram, Launch, Runner, SessionProcess } from '../../runners/runner.ts';

/** An attempt whose program has a home. */
export interface HomeOf {
  runKey: string;
  taskId: string;
  attempt: number;
  epoch: number;
}

/** Where a program runs, and what of this machine it finds. Folders are absolute. */
export interface ForeignLaunch extends Launch {
  folder: string;
  /** Folders of it that it may write; null: all of it. */
  writable: readonly string[] | null;
  home: string;
  /** Hosts that it may reach besides the gateway. */
  hosts: readonly string[];
}

/** The programs of others that this worker can have do an agent's tasks. */
export interface Runners {
  /** How such an agent is talked to, and its program; or what is missing, in words with the way out. */
  find(runner: AgentRunner): Promise<{ runner: Runner; program: FoundProgram } | { missing: string }>;
  /** The private folder of an attempt, which is kept from session to session. */
  homeOf(attempt: HomeOf): string;
  /** Takes that away. */
  dropHome(attempt: HomeOf): Promise<void>;
  /** Where a program in its sandbox finds the gateway. */
  gatewayUrl: string;
  /** Starts a program, contained. Aborting the signal stops it. @throws Error when it cannot be contained */
  launch(program: ForeignLaunch, signal: AbortSignal): Promise<SessionProcess>;
}
