/** What an agent may speak with a provider through the gateway. */
export type Wire = 'messages' | 'count-tokens' | 'responses' | 'chat';

/** Each wire's path behind `/v1`, and whether a call of it is paid for. */
export const wires: Readonly<Record<Wire, { path: string; isPaid: boolean }>> = {
  messages: { path: '/messages', isPaid: true },
  'count-tokens': { path: '/messages/count_tokens', isPaid: false },
  responses: { path: '/responses', isPaid: true },
  chat: { path: '/chat/completions', isPaid: true },
};

/** Whether a wire is one of the Messages API; else it is OpenAI's. */
export function isMessagesWire(wire: Wire): boolean {
  return wire === 'messages' || wire === 'count-tokens';
}

/** A wire by its path behind `/v1`; undefined: there is none. */
export function wireOf(path: string): Wire | undefined {
  return (Object.keys(wires) as Wire[]).find((wire) => wires[wire].path === path);
}
