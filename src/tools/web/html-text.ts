import { WebError } from '../../host/web/guarded-way.ts';
import { startThread } from '../../host/thread.ts';

const cpuMs = 4000;

const options = {
  wordwrap: false,
  limits: { maxDepth: 200, maxInputLength: 2 * 1024 * 1024 },
  selectors: [
    ...['img', 'script', 'style'].map((selector) => ({ selector, format: 'skip' })),
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

const threadSource = `
const { parentPort, workerData } = require('node:worker_threads');
parentPort.on('message', async (html) => {
  const { convert } = await import(workerData.library);
  parentPort.postMessage(convert(html, workerData.options));
});`;

/**
 * Readable text of an HTML page, with its links.
 *
 * In a thread that is ended after 4 s of CPU: the parser takes a minute for 300,000 nested tags (measured).
 *
 * @throws WebError `too-slow`; the signal's reason when aborted
 */
export async function htmlText(html: string, signal: AbortSignal): Promise<string> {
  const workerData = { library: import.meta.resolve('html-to-text'), options };
  const thread = startThread(threadSource, workerData, { cpuMs, signal });
  try {
    return await thread.ask<string>(html);
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    throw new WebError('too-slow', `the page cannot be turned into text: ${message}`, { cause: error });
  } finally {
    await thread.stop();
  }
}
