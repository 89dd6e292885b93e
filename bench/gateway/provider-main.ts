import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// The provider: an answer of many small events, as models give them. It is the world's, and its CPU counts for nobody.

/** Until its first event, and between one event and the next, in ms; and how many words it says. */
const [firstMs, betweenMs, words] = [40, 5, 30];

const event = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const usage = { input_tokens: 12_000, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 1 };
const start = event('message_start', {
  message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm', usage },
});
const block = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const word = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'several words of it ' } });
const end = [
  event('content_block_stop', { index: 0 }),
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 120 } }),
  event('message_stop', {}),
].join('');

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    void (async () => {
      await sleep(firstMs);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(start + block);
      for (let index = 0; index < words; index++) {
        response.write(word);
        await sleep(betweenMs);
      }
      response.end(end);
    })();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.once('disconnect', () => process.exit(0));
