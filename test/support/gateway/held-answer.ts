import type { Answering } from './provider.ts';
import { messageEvents } from './provider.ts';

/** What {@link heldAnswer} streams. */
export const heldEvents = messageEvents('In the end.', { input: 40, output: 8 });

/** An answer that streams its first event, and the others when it is told to. */
export function heldAnswer(): { answering: Answering; goOn: () => void } {
  let goOn = (): void => undefined;
  const told = new Promise<void>((resolve) => (goOn = resolve));
  return {
    async answering(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(heldEvents[0]);
      await told;
      response.end(heldEvents.slice(1).join(''));
    },
    goOn: () => goOn(),
  };
}
