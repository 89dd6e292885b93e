import { GafferError } from '../domain/errors.ts';
import { chunksOf } from './chunks.ts';
import type { Ask, Transport } from './transport.ts';

/** The lines of an answer as they come, each with its end. All of one moment, so a broken one does not go on. @throws UnreachableError */
export async function* lines(transport: Transport, ask: Ask): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of chunksOf(await transport.open(ask), null)) {
      const found = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = found.pop() ?? '';
      for (const line of found) yield `${line}\n`;
    }
  } catch (error) {
    transport.closing.throwIfAborted();
    throw error instanceof GafferError ? error : transport.lost(error).told;
  }
  if (rest !== '') yield `${rest}\n`;
}
