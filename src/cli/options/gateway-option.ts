import type { CommandContext } from '../base/context.ts';

/** The context of a command that may be told `--no-gateway`; what it starts in the background is told it, too. */
export function withGateway<Context extends CommandContext>(
  context: Context,
  { gateway }: { gateway?: boolean },
): Context {
  if (gateway !== false) return context;
  const { config } = context;
  const environment = { ...config.environment, GAFFER_GATEWAY: 'off' };
  return { ...context, config: { ...config, gateway: 'off', environment } };
}
