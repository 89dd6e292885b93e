/*
 * The Messages API's prompt cache, as its documentation tells it (2026-11):
 *
 * P1 A prefix is everything up to a tool or a block: tools, system, messages, in that order. Whatever changes in it, a role or the id of a
 *    call too, makes another one; models do not share them.
 * P2 It is kept where a block is marked, and only from a length on that depends on the model.
 * P3 From each mark backwards 20 positions are looked at, the mark's own the first; what is further off is not found.
 * P4 What nobody has asked for during five minutes is forgotten.
 */
import { createHash } from 'node:crypto';
import type { WireBlock, WireRequest } from './wire-request.ts';
import { blocksOf } from './wire-request.ts';

/** Input tokens of a request, split as the API reports them. */
export interface InputTokens {
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

const charactersPerToken = 4;
const lookBack = 20;
const lifetimeMs = 5 * 60 * 1000;

// P2, in tokens; what is not named: 1024.
const shortest: readonly [pattern: RegExp, tokens: number][] = [
  [/^claude-(?:opus-4-[567]|haiku-4-5)/, 4096],
  [/^claude-(?:sonnet-4-6|3-5-haiku|3-haiku)/, 2048],
  [/^claude-(?:opus|fable|mythos)-5/, 512],
];

/**
 * Counts a request's input tokens and remembers its cached prefixes: a token for every four characters of tools, system prompt and messages,
 * rounded up once. Up to the furthest prefix that is found (P3), tokens are read from the cache; from there to the last mark they are
 * written, if that is long enough (P2); the rest is plain input.
 */
export class PromptCache {
  /** When each prefix was asked for last, in ms. */
  private readonly entries = new Map<string, number>();
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Usage of this request's input. With `remember` false it leaves no trace, as a refused or counted request does. */
  read(request: WireRequest, remember: boolean): InputTokens {
    const positions = positionsOf(request);
    const least = shortestFor(request.model);
    const marks = [...positions.keys()].filter((index) => positions[index]!.isMarked);
    const read = Math.max(
      0,
      ...marks.map((mark) => this.found(positions.slice(Math.max(0, mark - lookBack + 1), mark + 1))),
    );
    const kept = marks.map((mark) => positions[mark]!).filter(({ characters }) => toTokens(characters) >= least);
    if (remember) for (const { key } of kept) this.entries.set(key, this.now());
    const total = toTokens(positions.at(-1)?.characters ?? 0);
    const cached = toTokens(Math.max(read, kept.at(-1)?.characters ?? 0));
    return { inputTokens: total - cached, cacheReadTokens: toTokens(read), cacheWriteTokens: cached - toTokens(read) };
  }

  /** Characters up to the last of these positions that is kept; asking for it keeps it (P4). */
  private found(positions: readonly Position[]): number {
    const hit = positions.findLast(({ key }) => this.now() - (this.entries.get(key) ?? -Infinity) < lifetimeMs);
    if (!hit) return 0;
    this.entries.set(hit.key, this.now());
    return hit.characters;
  }
}

/** Tokens of so many characters. */
export function toTokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}

function shortestFor(model: string): number {
  return shortest.find(([pattern]) => pattern.test(model))?.[1] ?? 1024;
}

/** A place that a prefix ends at. */
interface Position {
  /** Of the prefix, with this tool or block. */
  key: string;
  characters: number;
  isMarked: boolean;
}

// P1
function positionsOf(request: WireRequest): Position[] {
  const hash = createHash('sha1').update(request.model);
  const positions: Position[] = [];
  let characters = 0;
  const add = (kind: string, part: object & { cache_control?: unknown }, text: string): void => {
    const { cache_control: mark, ...rest } = part;
    characters += text.length;
    hash.update(`${kind}${JSON.stringify(rest)}\n`);
    positions.push({ key: hash.copy().digest('base64'), characters, isMarked: Boolean(mark) });
  };
  for (const tool of request.tools ?? []) add('tool', tool, JSON.stringify({ ...tool, cache_control: undefined }));
  for (const block of blocksOf(request.system)) add('system', block, block.text ?? '');
  for (const { role, content } of request.messages)
    for (const block of blocksOf(content)) add(role, block, textOfBlock(block));
  return positions;
}

function textOfBlock(block: WireBlock): string {
  if (block.type === 'text') return block.text ?? '';
  if (block.type === 'tool_use') return `${block.name}${JSON.stringify(block.input)}`;
  return typeof block.content === 'string' ? block.content : JSON.stringify(block.content ?? '');
}
