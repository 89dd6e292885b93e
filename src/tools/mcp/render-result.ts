import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { keepHead } from '../../host/output-limit.ts';
import { toLine, toPlainText } from '../tool-input.ts';
import type { ToolOutput } from '../tool.ts';

/** Keeps what is no text for whoever works in the workspace. @returns where, in words */
export type KeepFile = (name: string, content: Buffer) => Promise<string>;

const mostBlocks = 200;
const mostFiles = 10;
const mostFileBytes = 8 * 1024 * 1024;

/** Longest beginning of a text that is looked at, in characters: what is left out is counted, not cleaned. */
const mostCharacters = 200_000;

/**
 * A server's answer as the model gets it: texts as they are, of more than 32 KB the beginning; pictures, sounds and other files as a line that
 * says where they are kept; what only has an address, as that. Nothing of it is fetched, and all of it is a stranger's.
 */
export async function renderResult(result: JsonObject, keep: KeepFile): Promise<ToolOutput> {
  const { content, structuredContent, isError } = result;
  const blocks = Array.isArray(content) ? content : [];
  const parts: string[] = [];
  let files = 0;
  for (const block of blocks.slice(0, mostBlocks)) {
    const read = readBlock(block);
    if ('text' in read) parts.push(read.text);
    else if (files++ < mostFiles) parts.push(`[${read.what}: ${await keepData(read, keep)}]`);
    else parts.push(`[${read.what}: not kept, as there are more than ${mostFiles}]`);
  }
  if (blocks.length > mostBlocks) parts.push(`[and ${blocks.length - mostBlocks} more parts]`);
  const isBare = parts.every((part) => part.trim() === '');
  if (isBare && structuredContent !== undefined) parts.push(JSON.stringify(structuredContent));
  const text = toPlainText(cut(parts.filter((part) => part !== '').join('\n')));
  const shown = keepHead(text.trim() === '' ? '(no text)' : text, 'The server gives no more of it.');
  return isError === true ? { content: shown, isError } : { content: shown };
}

type ReadBlock = { text: string } | { what: string; type: string; data: string };

function readBlock(block: JsonValue): ReadBlock {
  if (typeof block !== 'object' || block === null || Array.isArray(block)) return { text: '[an unknown part]' };
  const { type, text, data, mimeType, resource, uri, name } = block;
  if (type === 'text' && typeof text === 'string') return { text };
  if ((type === 'image' || type === 'audio') && typeof data === 'string')
    return { what: toLine(type, mimeType), type: toLine(mimeType), data };
  if (type === 'resource_link') return { text: `[resource ${toLine(uri, mimeType, name)}]` };
  if (type !== 'resource' || typeof resource !== 'object' || resource === null || Array.isArray(resource))
    return { text: `[a part of the kind ${toLine(type)}, which is not known]` };
  const head = `[resource ${toLine(resource['uri'], resource['mimeType'])}]`;
  if (typeof resource['text'] === 'string') return { text: `${head}\n${resource['text']}` };
  const { blob } = resource;
  if (typeof blob !== 'string') return { text: head };
  return { what: head.slice(1, -1), type: toLine(resource['mimeType']), data: blob };
}

const endings: Readonly<Record<string, string>> = {
  ...{ 'image/png': 'png', 'image/jpeg': 'jpg', 'image/gif': 'gif', 'image/webp': 'webp', 'image/svg+xml': 'svg' },
  ...{ 'audio/wav': 'wav', 'audio/mpeg': 'mp3', 'application/pdf': 'pdf', 'application/json': 'json' },
  ...{ 'text/plain': 'txt', 'text/html': 'html', 'text/csv': 'csv', 'application/gzip': 'gz' },
};

async function keepData({ type, data }: { type: string; data: string }, keep: KeepFile): Promise<string> {
  if (data.length > (mostFileBytes / 3) * 4) return `not kept, as it has more than 8 MB`;
  const content = Buffer.from(data, 'base64');
  const ending = Object.hasOwn(endings, type) ? endings[type]! : 'bin';
  const name = `${createHash('sha256').update(content).digest('hex').slice(0, 16)}.${ending}`;
  return `${content.length} bytes, ${await keep(name, content)}`;
}

function cut(text: string): string {
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters).toWellFormed()}\n[${text.length - mostCharacters} characters more]`;
}
