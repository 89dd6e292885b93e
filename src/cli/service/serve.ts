import { resolve } from 'node:path';
import { namedModules, openTools } from '../../client/crew/own-tools.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import { UsageError } from '../../domain/errors.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { isElsewhere } from '../work/resident.ts';
import { withGateway } from '../options/gateway-option.ts';
import { pickMetrics, readWorkerOptions } from '../options/worker-options.ts';
import { checkAddress, defaultPort, openService, tellPage, toPort } from './open-service.ts';
import { startResident } from './resident-crew.ts';

interface ServeOptions {
  host?: string;
  port?: string;
  publicUrl?: string[];
  /** Off with `--no-worker`. */
  worker?: boolean;
  folder?: string[];
  workflows?: string[];
  tools?: string[];
  metrics?: string;
  allowUnsandboxedShell?: boolean;
  webhookAllow?: string[];
  gateway?: boolean;
  yes?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer serve`: answers programs and pages over HTTP, until Ctrl-C; it starts what is missing, as `gaffer run` does. */
export async function execute(asked: CommandContext, _args: string[], options: ServeOptions): Promise<number> {
  const context = withGateway(asked, options);
  const address = toAddress(options);
  const { home, wishes, startsWorker } = await readWishes(context, options);
  await checkAddress(home, address);
  const service = {
    ...{ by: 'serve' as const, ...address, folders: [...wishes.folders, ...wishes.workflows] },
    ...{ webhookAllow: toPairs(options.webhookAllow), startsWorkers: options.worker !== false },
  };
  const whenAbsent = isElsewhere(context) ? 'fail' : 'start';
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent, yes: options.yes === true }, async (session) => {
      const failed = startsWorker ? await startResident(session, wishes) : [];
      const startsWorkers = session.startsWorkers && service.startsWorkers;
      const { url, drain } = await openService(session, { ...service, startsWorkers });
      context.terminal.out(`${url}\n`);
      if (!isLoopback(address.host)) session.say(openLine(address));
      await tellPage(context, session, url);
      session.say('Ctrl-C stops it; runs that have not ended go on when a worker is there again.');
      await Promise.race([whenAborted(interruption.signal), ...failed]);
      session.say('Stopping: what was asked is answered, streams end. Ctrl-C again ends it at once.');
      await drain();
      return exitCodes.succeeded;
    }),
  );
}

/** What its worker may do, and whether it has one of its own. Nothing is started yet. */
async function readWishes(context: CommandContext, options: ServeOptions) {
  const { config, cwd } = context;
  const { ensureHome, findHome } = await import('../../config/home.ts');
  const { path: home } = findHome({ cwd, env: config.environment });
  if (!isElsewhere(context)) ensureHome({ path: home });
  const hasWorker = (await localWorkers(home)).some(({ role }) => role === 'dev');
  const startsWorker = options.worker !== false && !isElsewhere(context) && !hasWorker;
  const given = (flag: string, names: string[] = []): string[] =>
    names.map((folder) => checkFolder(flag, resolve(cwd, folder)));
  const folders = given('--folder', options.folder);
  const workflows = given('--workflows', options.workflows);
  const tools = namedModules(cwd, options.tools);
  await openTools(tools, [cwd, ...folders, ...workflows]);
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  const { metricsAddress } = readWorkerOptions(pickMetrics(options), config.worker);
  return { home, startsWorker, wishes: { unsandboxedShell, folders, workflows, tools, metricsAddress } };
}

function toAddress({ host = '127.0.0.1', port, publicUrl = [] }: ServeOptions) {
  return { host, port: port === undefined ? defaultPort : toPort(port), publicUrls: publicUrl.map(toPublicUrl) };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function openLine({ host, publicUrls }: { host: string; publicUrls: readonly string[] }): string {
  const names = publicUrls.length > 0 ? publicUrls.join(', ') : 'none but its own (--public-url adds one)';
  return `Other machines reach it on ${host}, without TLS: keys and answers can be read on the way. Names that it answers to: ${names}.`;
}

function toPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') return url.origin;
  throw new UsageError(`--public-url "${text}": an address such as https://gaffer.example, without a path.`);
}

function toPairs(pairs: readonly string[] = []): readonly string[] {
  const wrong = pairs.find((pair) => !/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(pair));
  if (wrong === undefined) return pairs;
  throw new UsageError(`--webhook-allow "${wrong}": expected host:port, such as localhost:9000.`);
}
