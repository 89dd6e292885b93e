import type { GafferHome } from '../config/home.ts';
import { type ProcessIdentity, isGoneWithin, isHere, standingOf } from '../host/process-identity.ts';
import { StackError } from './stack-error.ts';

/** Who was killed a moment ago needs a while to die, on a crowded machine, and with a namespace of its own. */
const dyingMs = 3000;

/** A server of a home that does not answer, and who works with it besides us. */
interface Silent {
  /** `The Temporal server`. */
  name: string;
  home: GafferHome;
  server: ProcessIdentity;
  owners: readonly ProcessIdentity[];
}

/**
 * "I cannot reach it" is not "it is dead": a server that lives is nobody's to end but those who work with it.
 *
 * @throws StackError `unreachable` unless the server is dead, or nobody who works with it is left
 */
export async function leaveToOwners({ name, home, server, owners }: Silent): Promise<void> {
  if (standingOf(server) === 'dead') return;
  const what = `${name} of ${home.path} (process ${server.pid}) does not answer this command`;
  if (!isHere(server)) {
    throw new StackError(
      'unreachable',
      `${what}: it runs in another container. Work with it from there, end it there (\`gaffer down\`), or give this place a home of its own (GAFFER_HOME).`,
    );
  }
  const [owner] = owners;
  if (!owner || (await isGoneWithin(server, dyingMs))) return;
  throw new StackError(
    'unreachable',
    `${what}, and process ${owner.pid} works with it, so it is left alone. Try again, or end both: \`gaffer down\`.`,
  );
}
