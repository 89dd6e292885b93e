import { localServices } from '../../client/crew/service-files.ts';
import { UnreachableError } from '../../domain/errors.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession } from '../base/with-session.ts';
import { whoIs } from '../options/who.ts';

/** `gaffer dashboard`: a link that opens the page of the service of this home once, within a minute. */
export async function execute(context: CommandContext, _args: string[], options: { json?: boolean }): Promise<number> {
  const { cwd, config, terminal } = context;
  const [{ findHome }, { openingLink }] = await Promise.all([
    import('../../config/home.ts'),
    import('../../server/security/opening-link.ts'),
  ]);
  const [service] = await localServices(findHome({ cwd, env: config.environment }).path);
  if (!service) throw new UnreachableError('no service runs here: `gaffer dev` or `gaffer serve` starts one.');
  return withSession(context, { whenAbsent: 'read' }, async ({ store }) => {
    const url = await openingLink(store.keys, { url: service.url, name: whoIs(context, undefined) });
    if (!options.json) terminal.err('It opens once, within a minute.\n');
    terminal.out(options.json ? toJson({ url }) : `${url}\n`);
    return exitCodes.succeeded;
  });
}
