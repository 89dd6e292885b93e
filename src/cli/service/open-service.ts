import { setTimeout as delay } from 'node:timers/promises';
import { localServices, noteService, type LocalService } from '../../client/crew/service-files.ts';
import type { Session } from '../../client/connection/session.ts';
import { UsageError } from '../../domain/errors.ts';
import type { CommandContext } from '../base/context.ts';
import { whoIs } from '../options/who.ts';
import { listenError } from '../../host/ports.ts';

/** Where a service listens unless it is told. */
export const defaultPort = 7450;

/** What a command says of the service that it runs. */
export interface ServiceWishes {
  by: LocalService['by'];
  host: string;
  port: number;
  /** Absolute folders that callers may name, besides the current one. */
  folders: readonly string[];
  publicUrls?: readonly string[];
  webhookAllow?: readonly string[];
  /** Whether it starts workers for runs that the one that stays cannot do. */
  startsWorkers: boolean;
}

/** Longest that calls in flight have for their answers; those that wait for a run are then told to ask again. */
const patienceMs = 10_000;

/** A service that is found by other commands of the home. */
interface OpenService {
  url: string;
  /** Takes no new calls, ends streams, and waits for calls in flight, before anything that they need is closed. */
  drain: () => Promise<void>;
}

/** Answers over HTTP until the session is closed. */
export async function openService(
  opened: Session,
  { by, startsWorkers, ...options }: ServiceWishes,
): Promise<OpenService> {
  const { startService } = await import('../../server/serve.ts');
  // Runs are not this request's: the worker that stays here does them, or one elsewhere.
  const service = await startService({ ...opened, workOutlives: true, startsWorkers }, options);
  opened.cleanup.add(() => service.close());
  const forget = await noteService(opened.home, { by, url: service.url });
  opened.cleanup.add(async () => forget());
  const drain = (): Promise<void> => Promise.race([service.close(), delay(patienceMs, undefined, { ref: false })]);
  return { url: service.url, drain };
}

/** @throws UsageError for what is no number of a port */
export function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw new UsageError(`--port "${text}": a number from 0 (any that is free) to 65535.`);
}

/** Looks before anything is started whether it can listen there. @throws UsageError with who does, where that is known */
export async function checkAddress(home: string, { host, port }: { host: string; port: number }): Promise<void> {
  const error = await listenError(port, host);
  if (error === null) return;
  if (error.code !== 'EADDRINUSE') {
    throw new UsageError(`cannot listen on ${host}, port ${port}: ${error.message}.`, { cause: error });
  }
  const own = (await localServices(home)).find(({ url }) => new URL(url).port === String(port));
  const wayOut = own
    ? `gaffer ${own.by} of this folder serves there (process ${own.process.pid}): \`gaffer dashboard\` prints a link to it, --port takes another.`
    : 'give another with --port, or 0 for any that is free.';
  throw new UsageError(`port ${port} of ${host} is taken: ${wayOut}`, { cause: error });
}

/** How programs and browsers get in. The link only to somebody who sits there: a log would keep what opens it. */
export async function tellPage(context: CommandContext, { store, say }: Session, url: string): Promise<void> {
  say(`Programs reach the service at ${url}: \`gaffer keys create --scope run\` makes a key.`);
  if (!context.terminal.canAsk) return say('`gaffer dashboard` prints a link that opens its page.');
  const { openingLink } = await import('../../server/security/opening-link.ts');
  const link = await openingLink(store.keys, { url, name: whoIs(context, undefined) });
  say(`Its page opens once, within a minute (\`gaffer dashboard\` prints another link):\n${link}`);
}
