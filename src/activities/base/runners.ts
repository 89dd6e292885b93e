import type { AttemptHomes } from '../../runners/attempt-homes.ts';
import type { CrewPlace } from '../../runners/crew-place.ts';
import type { Launch, SessionProcess } from '../../runners/runner.ts';

/** Where a program runs, and what of this machine it finds. Folders are absolute. */
interface ForeignLaunch extends Launch {
  folder: string;
  /** Folders of it that it may write; null: all of it. */
  writable: readonly string[] | null;
  home: string;
  /** Hosts that it may reach besides the gateway. */
  hosts: readonly string[];
  /** Told of each host that it asks for. */
  onProxied: (line: { host: string; port: number; allowed: boolean }) => void;
}

/** The programs of others that this worker can have do an agent's tasks. */
export interface Runners extends CrewPlace {
  /** The private folders of attempts, which are kept from session to session. */
  homes: AttemptHomes;
  /** Where a program in its sandbox finds the gateway. */
  gatewayUrl: string;
  /** Starts a program, contained. Aborting the signal stops it. @throws Error when it cannot be contained */
  launch(program: ForeignLaunch, signal: AbortSignal): Promise<SessionProcess>;
}
