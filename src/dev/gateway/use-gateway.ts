/*
 * How a process uses a gateway:
 * G1 One that does just what is ordered is found and shared; else one is started, by one process at a time.
 * G2 One that dies is started again at once by whoever uses it, at the same place. Until it is back, calls wait.
 * G3 What it was ordered stays in the memory of whoever may have to start it again, in one place, and nowhere else of that process.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GafferHome } from '../../config/home.ts';
import { undoneAtExit } from '../../host/exit/undone-at-exit.ts';
import { ownFolder } from '../../host/private-folder.ts';
import { endProcess, isGoneWithin } from '../../host/process-identity.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import { withFileLock } from '../file-lock.ts';
import { StackError } from '../stack-error.ts';
import { type Held, holdGateway } from './gateway-control.ts';
import { gatewayEnvironment, type GatewayOrder } from './gateway-order.ts';
import { clearSockets, type GatewayPlace, placeOf, readRecord, realHome } from './gateway-place.ts';
import { startGatewayProcess } from './start-gateway-process.ts';

/** A gateway that this process uses. */
export interface GatewayUse {
  /** Path of the Unix socket that it listens on; the folder holds nothing else. */
  socket: string;
  /**
   * Resolves when it is up; starts it where there is none.
   *
   * @throws StackError when it does not come up; the signal's reason
   */
  ready(signal?: AbortSignal): Promise<void>;
  /** Lets go of it: without users it ends. Resolves when one that ends now is gone. Idempotent. */
  leave(): Promise<void>;
}

/** How a gateway is used. */
export interface GatewayUseOptions {
  home: GafferHome;
  env: Readonly<Record<string, string | undefined>>;
  order: GatewayOrder;
  /** Told when it died, and when it cannot be started again. */
  say: (line: string) => void;
}

const lockPatienceMs = 60_000;
const endsWithinMs = 12_000;
/** How long to wait between two tries to start one again, in ms. */
const pausesMs = [0, 250, 500, 1000, 2000, 5000];

/** A gateway for this process, which is not started before somebody is {@link GatewayUse.ready} for it. */
export async function useGateway(options: GatewayUseOptions): Promise<GatewayUse> {
  const env = gatewayEnvironment(options.env);
  const place = await placeOf(options.home, JSON.stringify([options.order, env]));
  return new Use(place, () => findOrStart(place, { ...options, env }), options.say);
}

class Use implements GatewayUse {
  readonly socket: string;
  private held: Held | undefined;
  private opening: Promise<void> | undefined;
  private leaving: Promise<void> | undefined;
  private readonly inOrder = undoneAtExit(() => this.held?.leaveAtOnce());
  private readonly place: GatewayPlace;
  private readonly open: () => Promise<Held>;
  private readonly say: (line: string) => void;

  constructor(place: GatewayPlace, open: () => Promise<Held>, say: (line: string) => void) {
    this.socket = place.socket;
    this.place = place;
    this.open = open;
    this.say = say;
  }

  async ready(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.held) return;
    const opening = this.hold();
    if (!signal) return opening;
    await Promise.race([opening, whenAborted(signal)]);
    signal.throwIfAborted();
  }

  leave(): Promise<void> {
    return (this.leaving ??= this.letGo());
  }

  private hold(): Promise<void> {
    return (this.opening ??= this.take().finally(() => (this.opening = undefined)));
  }

  private async take(): Promise<void> {
    const held = await this.open();
    this.held = held;
    void held.gone.then(() => {
      this.held = undefined;
      if (!this.leaving) void this.takeAgain();
    });
  }

  // G2
  private async takeAgain(): Promise<void> {
    this.say('The gateway of models ended: starting it again. Calls that were under way may be paid for twice.');
    for (let tried = 0; !this.leaving; tried++) {
      await sleep(pausesMs[Math.min(tried, pausesMs.length - 1)], undefined, { ref: false });
      try {
        if (!this.leaving) await this.hold();
        return;
      } catch (error) {
        if (tried === 0) this.say(`${(error as Error).message} Trying again until it does.`);
      }
    }
  }

  private async letGo(): Promise<void> {
    await this.opening?.catch(() => undefined);
    const { held } = this;
    this.inOrder();
    if (!held || !(await held.leave())) return;
    const record = readRecord(this.place);
    if (record) await isGoneWithin(record, endsWithinMs);
  }
}

// G1
async function findOrStart(
  place: GatewayPlace,
  { home, order, env }: Pick<GatewayUseOptions, 'home' | 'order'> & { env: Record<string, string> },
): Promise<Held> {
  const found = await holdGateway(place.control);
  if (found) return found;
  return withFileLock(
    place.lock,
    async () => {
      const meanwhile = await holdGateway(place.control);
      if (meanwhile) return meanwhile;
      const before = readRecord(place);
      // It is about to end, or hangs.
      if (before) await endProcess(before, [{ signal: 'SIGTERM', patienceMs: endsWithinMs }]);
      clearSockets(place);
      await ownFolder(place.folder);
      const logFile = join(home.path, 'logs', 'gateway.log');
      await startGatewayProcess({ home: realHome(home), place, order, env, logFile });
      const started = await holdGateway(place.control);
      if (!started) throw new StackError('no-server', `the gateway of models ended at once. Its log: ${logFile}`);
      return started;
    },
    { patienceMs: lockPatienceMs },
  );
}
