import type { Context } from 'hono';

/** How the connection of a request is cut; nothing where there is none below, as in tests without a socket. */
export function connectionOf({ env }: Pick<Context, 'env'>): { cut?: () => void } {
  const { outgoing } = (env ?? {}) as { outgoing?: { destroy(): unknown } };
  return outgoing ? { cut: () => void outgoing.destroy() } : {};
}
