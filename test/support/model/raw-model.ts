import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Message } from '../../../src/domain/conversation/conversation.ts';
import type { WireServer } from './wire-server.ts';
import { startWireServer } from './wire-server.ts';

/** An answer as it goes over the wire: pieces of a stream, as text. Endless ones are written as fast as they are read. */
type RawAnswer = Iterable<string>;

/** A server that speaks the Messages API in streams, and says whatever a test wants it to say, right or wrong. */
export interface RawModel extends Omit<WireServer, 'answerWith'> {
  /** Streams that are being written. */
  readonly open: number;
  answerWith(answer: (messages: Message[]) => RawAnswer): void;
}

/** Starts a {@link RawModel} on this machine. */
export async function startRawModel(): Promise<RawModel> {
  const server = await startWireServer();
  let open = 0;
  const answerWith: RawModel['answerWith'] = (answer) =>
    server.answerWith((messages) => async (response) => {
      open++;
      response.on('close', () => open--);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      await write(response, answer(messages));
    });
  answerWith(() => []);
  return {
    ...server,
    get open() {
      return open;
    },
    answerWith,
  };
}

async function write(response: ServerResponse, pieces: RawAnswer): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) {
      await Promise.race([once(response, 'drain'), once(response, 'close')]).catch(() => undefined);
    }
  }
  response.end();
}

/** One event of a stream; `fields` are JSON already. */
function event(type: string, fields: string): string {
  return `event: ${type}\ndata: {"type":"${type}"${fields === '' ? '' : `,${fields}`}}\n\n`;
}

/** What stands in a {@link rawAnswer}. `input` and usages are JSON as it is sent; null: the field is not there. */
export interface RawParts {
  text?: string;
  tool?: { id?: string; name: string; input: string };
  startUsage?: string | null;
  endUsage?: string | null;
  stopReason?: string;
}

/** The events of a whole answer. */
export function rawAnswer({ text, tool, startUsage, endUsage, stopReason }: RawParts): string[] {
  const usageOf = (usage: string | null, before: string): string => (usage === null ? '' : `${before}"usage":${usage}`);
  const first = startUsage === undefined ? '{"input_tokens":100,"output_tokens":1}' : startUsage;
  const last = endUsage === undefined ? '{"output_tokens":20}' : endUsage;
  const reason = stopReason ?? (tool ? 'tool_use' : 'end_turn');
  return [
    event('message_start', `"message":{"id":"msg_1","role":"assistant","content":[]${usageOf(first, ',')}}`),
    ...(text === undefined
      ? []
      : block(0, `{"type":"text","text":""}`, `{"type":"text_delta","text":${JSON.stringify(text)}}`)),
    ...(tool
      ? block(
          1,
          `{"type":"tool_use","id":"${tool.id ?? 'toolu_1'}","name":"${tool.name}","input":{}}`,
          `{"type":"input_json_delta","partial_json":${JSON.stringify(tool.input)}}`,
        )
      : []),
    event('message_delta', `"delta":{"stop_reason":"${reason}"}${usageOf(last, ',')}`),
    event('message_stop', ''),
  ];
}

function block(index: number, start: string, delta: string): string[] {
  return [
    event('content_block_start', `"index":${index},"content_block":${start}`),
    event('content_block_delta', `"index":${index},"delta":${delta}`),
    event('content_block_stop', `"index":${index}`),
  ];
}
