import { editDistance } from '../domain/nearest.ts';
import type { Agent } from '../domain/plan/plan.ts';
import { searchWords } from '../domain/search-words.ts';

/** What is looked for. */
export interface FindableAgent {
  agent: Pick<Agent, 'name' | 'description' | 'system'>;
  tags: readonly string[];
}

/** An agent that meets a need, with how well: above 0, comparable within one answer. */
export interface FoundAgent<T> {
  found: T;
  score: number;
}

/** Agents that can be found quickly: thousands of them in some milliseconds. */
export interface AgentIndex<T> {
  /** Those that meet a need best, best first; of two that meet it alike, the one that was given first. Nothing is random. */
  find(need: string, limit?: number): FoundAgent<T>[];
}

/** How much more a word counts in each place; `even`: how much a long text is held back, from 0 to 1. */
const places = [
  { weight: 4, even: 0.3, textOf: ({ agent }: FindableAgent) => agent.name },
  { weight: 3, even: 0.5, textOf: ({ agent }: FindableAgent) => agent.description },
  { weight: 3, even: 0.3, textOf: ({ tags }: FindableAgent) => tags.join(' ') },
  { weight: 0.3, even: 0.6, textOf: ({ agent }: FindableAgent) => agent.system },
];
const saturation = 2;
/** What an agent loses that has none of the need's other words. */
const missingCosts = 0.6;
/** Requirements may be long: of their words the rarest tell most. */
const mostWords = 64;
const mostGuessed = 8;

interface Entry {
  agents: number[];
  /** How often each of them has the word, as {@link places} count it. */
  counts: number[];
}

/** An index of agents by need: BM25 over name, description, tags and prompt, where more of the need's words count more than many of one. */
export function createAgentIndex<T extends FindableAgent>(agents: readonly T[]): AgentIndex<T> {
  const entries = entriesOf(agents);
  const rarity = (entry: Entry): number => Math.log(1 + (agents.length + 1) / (entry.agents.length + 0.5));
  return {
    find(need, limit = 10) {
      const wanted = wantedOf(new Set(searchWords(need)), entries)
        .map((entry) => ({ entry, rare: rarity(entry) }))
        .sort((a, b) => b.rare - a.rare)
        .slice(0, mostWords);
      const scores = new Float64Array(agents.length);
      const met = new Float64Array(agents.length);
      for (const { entry, rare } of wanted) {
        for (let at = 0; at < entry.agents.length; at++) {
          const agent = entry.agents[at]!;
          const count = entry.counts[at]!;
          scores[agent]! += (rare * count * (saturation + 1)) / (count + saturation);
          met[agent]! += rare;
        }
      }
      // An agent that meets none has no score to lower.
      const whole = wanted.reduce((sum, { rare }) => sum + rare, 0);
      for (let agent = 0; agent < met.length; agent++) {
        scores[agent]! *= 1 - missingCosts + (missingCosts * met[agent]!) / whole;
      }
      return best(scores, limit).map((agent) => ({
        found: agents[agent]!,
        score: Math.round(scores[agent]! * 1000) / 1000,
      }));
    },
  };
}

function entriesOf(agents: readonly FindableAgent[]): Map<string, Entry> {
  const mean = places.map(
    ({ textOf }) => agents.reduce((sum, each) => sum + textOf(each).length, 0) / agents.length || 1,
  );
  const entries = new Map<string, Entry>();
  for (const [agent, each] of agents.entries()) {
    for (const [place, { weight, even, textOf }] of places.entries()) {
      const text = textOf(each);
      const count = weight / (1 - even + (even * text.length) / mean[place]!);
      for (const word of searchWords(text)) {
        let entry = entries.get(word);
        if (!entry) entries.set(word, (entry = { agents: [], counts: [] }));
        if (entry.agents.at(-1) !== agent) {
          entry.agents.push(agent);
          entry.counts.push(0);
        }
        entry.counts[entry.counts.length - 1]! += count;
      }
    }
  }
  return entries;
}

/** Entries of words; of a word that no text has, the nearest one: people mistype, and begin words. */
function wantedOf(words: ReadonlySet<string>, entries: ReadonlyMap<string, Entry>): Entry[] {
  let guessed = 0;
  const found = [...words].map((word) => {
    const entry = entries.get(word);
    if (entry || word.length < 4 || ++guessed > mostGuessed) return entry;
    let near: { word: string; distance: number } | null = null;
    for (const known of entries.keys()) {
      if (known[0] !== word[0] || Math.abs(known.length - word.length) > (known.startsWith(word) ? 6 : 1)) continue;
      const distance = known.startsWith(word) ? 1 : editDistance(word, known);
      if (distance === 1 && near === null) near = { word: known, distance };
    }
    return near === null ? undefined : entries.get(near.word);
  });
  return [...new Set(found.filter((entry) => entry !== undefined))];
}

/** The best that have any score: whoever is not among them is passed over without a sort. */
function best(scores: Float64Array, limit: number): number[] {
  const isBefore = (a: number, b: number): number => scores[b]! - scores[a]! || a - b;
  let found: number[] = [];
  let least = 0;
  for (let agent = 0; agent < scores.length; agent++) {
    // Not `<=`: without a need's words every score is no number.
    if (!(scores[agent]! > least)) continue;
    found.push(agent);
    if (found.length < limit * 2) continue;
    found = found.sort(isBefore).slice(0, limit);
    least = scores[found.at(-1)!]!;
  }
  return found.sort(isBefore).slice(0, limit);
}
