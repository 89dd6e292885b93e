import { resolve } from 'node:path';
import { openGateway, type GatewayWishes } from '../../client/crew/open-gateway.ts';
import { readListenAddress } from '../../config/worker-settings.ts';
import { UsageError } from '../../domain/errors.ts';
import { isLoopback } from '../../domain/loopback.ts';
import { whenAborted } from '../../host/when-aborted.ts';
import { toJson, type CommandContext } from '../base/context.ts';
import { exitCodes } from '../base/exit-codes.ts';
import { withSession, withSignals } from '../base/with-session.ts';

interface GatewayOptions {
  listen?: string;
  socket?: string;
  json?: boolean;
}

/** Models are asked as the project file says. */
export const asksModels = true;

/** `gaffer gateway`: stands between agents and providers, with the keys that nobody else needs then, until it is told to end. */
export async function execute(context: CommandContext, _args: string[], options: GatewayOptions): Promise<number> {
  const wishes = readWishes(context, options);
  return withSignals(context, ({ signal }) =>
    withSession(context, { whenAbsent: 'database' }, async (session) => {
      const gateway = await openGateway(session, wishes);
      const { socket, url } = gateway;
      const { terminal } = context;
      if (options.json) terminal.out(toJson({ process: process.pid, socket, url }));
      else for (const address of [url, socket && `unix:${socket}`]) if (address) terminal.out(`${address}\n`);
      if (wishes.listen && !isLoopback(wishes.listen.host))
        session.say('Other machines reach it, without TLS: tokens, prompts and answers can be read on the way.');
      session.say('Workers find it by GAFFER_GATEWAY, and need no keys. Ctrl-C ends it when its calls have ended.');
      await whenAborted(signal);
      session.say(
        `Stopping: ${gateway.figures().open} calls under way come to their end. Ctrl-C again ends it at once.`,
      );
      await gateway.close();
      return exitCodes.succeeded;
    }),
  );
}

function readWishes({ cwd }: CommandContext, { listen, socket }: GatewayOptions): GatewayWishes {
  if (listen === undefined && socket === undefined)
    throw new UsageError('gaffer gateway: say where it listens: --listen 4180, --socket PATH, or both.');
  return {
    ...(listen !== undefined && { listen: toAddress(readListenAddress(listen, '--listen')) }),
    ...(socket !== undefined && { socket: resolve(cwd, socket) }),
  };
}

function toAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(at + 1)) };
}
