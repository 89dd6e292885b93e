/*
 * How messages go to a server and come from it, over its standard input and output: a line of JSON each.
 * D1 A line has at most 8 MB, and what comes until a call is over 64 MB, of errors 8 MB: more ends the server. What is no message is passed over.
 * D2 A server that does not read what it is sent ends when 8 MB wait for it.
 */
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { parseJson } from '../../domain/parse-json.ts';
import type { LivingCommand } from '../../host/guarded-process.ts';
import { HeadAndTail } from '../../host/output-limit.ts';
import { toPlainText } from '../tool-input.ts';

const longestLine = 8 * 1024 * 1024;
const mostWaiting = 8 * 1024 * 1024;
const mostBytes = 64 * 1024 * 1024;
const mostErrorBytes = 8 * 1024 * 1024;

/** A server's process as the SDK speaks with it; `close` ends it. */
export class StdioTransport implements Transport {
  // The SDK knows by these two that this is a pipe: a server that says nothing to the new greeting is an old one, then.
  readonly stderr = null;
  readonly pid = null;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <Message extends JSONRPCMessage>(message: Message) => void;
  readonly #process: LivingCommand;
  readonly #errors = new HeadAndTail(2000);
  #line: Buffer[] = [];
  #lineBytes = 0;
  #bytes = 0;
  #errorBytes = 0;
  #why: string | null = null;

  constructor(process: LivingCommand) {
    this.#process = process;
  }

  start(): Promise<void> {
    const { output, errors, ended } = this.#process;
    output.on('data', (chunk: Buffer) => this.#take(chunk));
    errors.on('data', (chunk: Buffer) => {
      this.#errors.add(chunk);
      this.#errorBytes += chunk.length;
      if (this.#errorBytes > mostErrorBytes) this.#end('it wrote more than 8 MB of errors');
    });
    void ended.then((reason) => {
      this.#why ??=
        reason === null ? 'it ended' : reason instanceof Error ? reason.message : `it used too much: ${reason}`;
      this.onclose?.();
    });
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    const { input } = this.#process;
    if (input.writableLength > mostWaiting) this.#end('it does not read what it is sent');
    if (this.#why !== null || !input.writable) return Promise.reject(new Error('the server is gone'));
    input.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#end('it was ended');
    await this.#process.ended;
  }

  /** A call is over: what comes for the next one is counted anew. */
  countAnew(): void {
    this.#bytes = 0;
    this.#errorBytes = 0;
  }

  /** Why it is not there any more, and what it said last, in words; empty: it is there. */
  get reason(): string {
    if (this.#why === null) return '';
    const said = toPlainText(this.#errors.text()).replace(/\s+/g, ' ').trim();
    return said === '' ? this.#why : `${this.#why}, and said: ${said}`;
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > mostBytes) return this.#end('it wrote more than 64 MB');
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, end));
      from = end + 1;
      this.#finishLine();
    }
    this.#add(chunk.subarray(from));
  }

  #add(part: Buffer): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes > longestLine) return this.#end('it wrote a line of more than 8 MB');
    if (part.length > 0) this.#line.push(part);
  }

  #finishLine(): void {
    const text = Buffer.concat(this.#line).toString('utf8');
    this.#line = [];
    this.#lineBytes = 0;
    const value = this.#why === null ? parseJson(text) : undefined;
    if (isMessage(value)) this.onmessage?.(value);
  }

  #end(why: string): void {
    this.#why ??= why;
    this.#process.stop();
  }
}

// The SDK looks at what is in it.
function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === 'object' && value !== null && (value as { jsonrpc?: unknown }).jsonrpc === '2.0';
}
