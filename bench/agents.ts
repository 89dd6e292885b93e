import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgentIndex } from '../src/agents/agent-index.ts';
import { openAgents } from '../src/agents/open-agents.ts';
import type { KnownAgent } from '../src/agents/registry.ts';
import { loadAgents } from '../src/agents/registry.ts';
import { loadShipped } from '../src/agents/shipped-agents.ts';
import { median, percentile, toRow } from './table.ts';

const count = 10_000;
const needs: Readonly<Record<string, string>> = {
  'three words': 'slow SQL query',
  'a sentence': 'write tests for the payment service, mend what is flaky, then document the API',
  'misspelt words': 'deploy to a kuberntes clustre behind a proxxy',
};

/** Times in ms, by what was done. */
type Times = Map<string, number[]>;

/** Times how agents are found among ten thousand, in turn with a walk through all of their texts. `say` hears how far it is. */
export function measureAgents(rounds: number, say: (line: string) => void): Times {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-bench-agents-'));
  const times: Times = new Map();
  try {
    writeAgents(folder);
    const known = time(times, 'all files read', () => loadAgents([folder]).known);
    if (known.size !== count) throw new Error(`${known.size} of ${count} agents were loaded`);
    say(`${count} agents are loaded`);
    const agents = [...known.values()];
    const index = time(times, 'index built', () => createAgentIndex(agents));
    const texts = agents.map(({ agent }) => `${agent.name}\n${agent.description}\n${agent.system}`.toLowerCase());
    const long = agents.slice(0, 10).map(({ agent }) => agent.system);
    // Round 0 warms up, and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const counted: Times = round === 0 ? new Map() : times;
      for (const [what, need] of Object.entries(needs)) {
        time(counted, `by need, ${what}`, () => index.find(need));
        time(counted, `walk, ${what}`, () => walk(texts, need));
      }
      time(counted, 'by need, ten prompts long', () => index.find(long.join('\n')));
      time(counted, 'by name', () => known.get(agents[(round * 997) % count]!.agent.name));
      const ours = openAgents([]).agents;
      time(counted, 'by name, of ours: its file is read', () => ours.get('sql-pro'));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return times;
}

/** The table for people. */
export function agentsTable(times: Times): string {
  const walkOf = (what: string): number | null => {
    const walked = times.get(what.replace('by need', 'walk'));
    return walked && what.startsWith('by need') ? median(walked) : null;
  };
  return [
    `Finding one of ${count} agents with prompts of some 400 words, in turn with a walk that counts the need's words in all of their texts.`,
    '',
    '| what | times | ms (median) | ms (95 %) | walk / index |',
    '| :--- | ---: | ---: | ---: | ---: |',
    ...[...times].map(([what, each]) => {
      const [ms, walked] = [median(each), walkOf(what)];
      const most = percentile(
        each.toSorted((a, b) => a - b),
        0.95,
      );
      return toRow([
        what,
        `${each.length}`,
        ms.toFixed(3),
        most.toFixed(3),
        walked === null ? '' : (walked / ms).toFixed(0),
      ]);
    }),
    '',
  ].join('\n');
}

function time<Result>(times: Times, what: string, work: () => Result): Result {
  const startedAt = performance.now();
  const result = work();
  times.set(what, [...(times.get(what) ?? []), performance.now() - startedAt]);
  return result;
}

/** Ours again and again, each time with every fifth word another one. */
function writeAgents(folder: string): void {
  const shipped = loadShipped();
  const words = [...new Set(shipped.flatMap(({ agent }) => agent.system.match(/[a-z]{3,}/g) ?? []))];
  let state = 1;
  const next = (): string => words[(state = (state * 1103515245 + 12345) % 2147483648) % words.length]!;
  for (let at = 0; at < count; at++) {
    const { agent, tags } = shipped[at % shipped.length] as KnownAgent;
    const name = `${agent.name}-${Math.floor(at / shipped.length)}`;
    const prompt = agent.system.split(' ').map((word, index) => (index % 5 === 4 ? next() : word));
    const matter = [`name: ${name}`, `description: ${JSON.stringify(agent.description)}`, `tags: [${tags.join(', ')}]`];
    writeFileSync(join(folder, `${name}.md`), ['---', ...matter, '---', prompt.join(' '), ''].join('\n'));
  }
}

function walk(texts: readonly string[], need: string): number[] {
  const words = need.toLowerCase().match(/\w+/g) ?? [];
  const scores = texts.map((text) => words.reduce((sum, word) => sum + text.split(word).length - 1, 0));
  return scores
    .map((_, at) => at)
    .sort((a, b) => scores[b]! - scores[a]!)
    .slice(0, 10);
}
