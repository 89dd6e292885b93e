/*
 * What a provider fetches or runs by itself goes around the sandbox of whoever asks: a request can have it search the web, ask a server of
 * tools or read an address, and so carry anything out.
 */
import type { JsonObject } from '../../domain/json.ts';
import { isRecord, recordsOf } from '../../models/openai/read-json.ts';
import { Refusal } from '../http/refusal.ts';

type Fields = Record<string, unknown>;

/** Tools that run at the provider, by how their types begin. */
const reachingTools = /^(?:web_search|web_fetch|mcp|code_execution|code_interpreter|file_search)/;
/** Deeper than blocks are nested. */
const mostDepth = 10;

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
  return inBlocks(body['messages'], 0) ?? inBlocks(body['input'], 0) ?? inBlocks(body['system'], 0);
}

// What a model wrote as a tool's input stands in other members, and reaches nothing.
function inBlocks(blocks: unknown, depth: number): string | null {
  if (depth > mostDepth) throw new Refusal('bad-request', 'the request is nested too deep');
  for (const block of recordsOf(blocks)) {
    const found = addressOf(block) ?? inBlocks(block['content'], depth + 1) ?? inBlocks(block['output'], depth + 1);
    if (found !== null) return found;
    if (!isRecord(block['source'])) continue;
    const inSource = inBlocks(block['source']['content'], depth + 1);
    if (inSource !== null) return inSource;
  }
  return null;
}

function addressOf(block: Fields): string | null {
  if (isRecord(block['source']) && block['source']['type'] === 'url') return 'a source with an address';
  const image = isRecord(block['image_url']) ? block['image_url']['url'] : block['image_url'];
  for (const address of [image, block['file_url']])
    if (typeof address === 'string' && !address.startsWith('data:')) return 'a file or image with an address';
  return null;
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}
