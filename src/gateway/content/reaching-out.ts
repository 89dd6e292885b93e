/*
 * What a provider fetches or runs by itself goes around the sandbox of whoever asks: a request can have it search the web, ask a server of
 * tools or read an address, and so carry anything out.
 */
import type { JsonObject } from '../../domain/json.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { type Fields, inBlocks } from './blocks.ts';

/** Tools that run at the provider, by how their types begin. */
const reachingTools = /^(?:web_search|web_fetch|mcp|code_execution|code_interpreter|file_search)/;

/** What of a request reaches out from the provider, in words; null: nothing. @throws Refusal when it cannot be read */
export function reachingOut(body: JsonObject): string | null {
  for (const name of ['mcp_servers', 'web_search_options', 'plugins']) if (isThere(body[name])) return name;
  for (const tool of recordsOf(body['tools'])) {
    const { type } = tool;
    if (typeof type !== 'string') continue;
    if (reachingTools.test(type) && tool['external_web_access'] !== false) return `the tool ${type}`;
    // One that runs where the agent is has no place of the provider's.
    if (type === 'shell' && isRecord(tool['environment']) && tool['environment']['type'] !== 'local')
      return 'the tool shell at the provider';
  }
  return inBlocks(body, addressOf);
}

function addressOf(block: Fields): string | null {
  if (isRecord(block['source']) && block['source']['type'] === 'url') return 'a source with an address';
  const file = isRecord(block['file']) ? block['file']['file_data'] : block['file_data'];
  for (const named of [file, ...Object.keys(block).flatMap((name) => (name.endsWith('_url') ? block[name] : []))]) {
    const address = isRecord(named) ? named['url'] : named;
    if (typeof address === 'string' && /^[a-z][a-z\d+.-]*:/i.test(address) && !/^data:/i.test(address))
      return 'a file or image with an address';
  }
  return null;
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}
