import { resolve } from 'node:path';
import { namedModules, openTools } from '../../client/crew/own-tools.ts';
import { localWorkers } from '../../client/crew/worker-files.ts';
import { checkFolder } from '../../client/start/check-folder.ts';
import type { Session } from '../../client/connection/session.ts';
import { UsageError } from '../../domain/errors.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import type { CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession, withSignals } from '../base/with-session.ts';
import { whoIs } from '../options/who.ts';
import { isElsewhere } from '../work/resident.ts';
import { pickMetrics, readWorkerOptions } from '../options/worker-options.ts';
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
  yes?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer serve`: answers programs and pages over HTTP, until Ctrl-C; it starts what is missing, as `gaffer run` does. */
export async function execute(context: CommandContext, _args: string[], options: ServeOptions): Promise<number> {
  const { config, cwd } = context;
  const publicUrls = (options.publicUrl ?? []).map(toPublicUrl);
  const address = { host: options.host ?? '127.0.0.1', port: toPort(options.port), publicUrls };
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
  const reach = { webhookAllow: toPairs(options.webhookAllow), folders: [...folders, ...workflows] };
  const unsandboxedShell = options.allowUnsandboxedShell === true || config.allowUnsandboxedShell;
  const { metricsAddress } = readWorkerOptions(pickMetrics(options), config.worker);
  const wishes = { unsandboxedShell, folders, workflows, tools, metricsAddress };
  const whenAbsent = isElsewhere(context) ? 'fail' : 'start';
  return withSignals(context, (interruption) =>
    withSession(context, { whenAbsent, yes: options.yes === true }, async (opened) => {
      // Runs are not this request's: the worker that stays here does them, or one elsewhere.
      const session = {
        ...opened,
        workOutlives: true,
        startsWorkers: opened.startsWorkers && options.worker !== false,
      };
      const failed = startsWorker ? await startResident(session, wishes) : [];
      const { startService } = await import('../../server/serve.ts');
      const service = await startService(session, { ...address, ...reach });
      context.terminal.out(`${service.url}\n`);
      await tellPage(context, session, service.url);
      session.say('Ctrl-C stops it; runs that have not ended go on when a worker is there again.');
      await Promise.race([whenAborted(interruption.signal), ...failed]);
      await service.close();
      return exitCodes.succeeded;
    }),
  );
}

/** Only to somebody who sits there: a log would keep what opens it. */
async function tellPage(context: CommandContext, session: Session, url: string): Promise<void> {
  if (!context.terminal.canAsk) return;
  const { openingLink } = await import('../../server/security/opening-link.ts');
  const link = await openingLink(session.store.keys, { url, name: whoIs(context, undefined) });
  session.say(`Its page opens once, within a minute: ${link}`);
}

const defaultPort = 7450;

function toPort(text: string | undefined): number {
  if (text === undefined) return defaultPort;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text.trim() !== '') return port;
  throw new UsageError(`--port "${text}": a number from 0 (any that is free) to 65535.`);
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
