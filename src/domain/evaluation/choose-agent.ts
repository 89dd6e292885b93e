/*
 * Which of several agents that fit does a task:
 *
 * B1 The one whose work was scored best; whoever has few scores counts as GOOD, so that one bad score decides nothing and nobody starts last.
 * B2 One choice in ten is made by lot, so that each of them goes on being tried (the floor), and whoever became better is found.
 * B3 The lot is drawn from the step's own name: who looks again at what was known then comes to the same choice.
 * B4 Where nobody was scored, there is nothing to learn from: the one that fits best does it.
 */
import { createBits } from './sign-flips.ts';

/** What evaluations gave an agent's tasks: how many scores, and their mean from 0 to 100. */
export interface AgentRecord {
  scores: number;
  mean: number;
}

/** Who does it, and why, in words for people. */
export interface AgentChoice {
  agent: string;
  reason: string;
}

/** What whoever was never scored counts as, with the weight of so many scores. */
const unknown = { score: 75, weight: 2 };
/** One choice in so many is made by lot. */
const lotEvery = 10;
/** So many agents are named in a reason. */
const mostNamed = 5;

/** Chooses among agents that fit, best first. `seed`: the name of the step that asks. */
export function chooseAgent(
  fitting: readonly [string, ...string[]],
  records: ReadonlyMap<string, AgentRecord>,
  seed: string,
): AgentChoice {
  const [best, ...others] = fitting;
  if (others.length === 0) return { agent: best, reason: 'the only one that fits' };
  if (!fitting.some((name) => records.has(name))) return { agent: best, reason: 'fits best' };
  const valueOf = (name: string): number => {
    const { scores, mean } = records.get(name) ?? { scores: 0, mean: 0 };
    return (scores * mean + unknown.weight * unknown.score) / (scores + unknown.weight);
  };
  const told = (name: string): string => {
    const record = records.get(name);
    return `${name} ${record ? `${record.mean.toFixed(0)} of ${record.scores}` : 'none'}`;
  };
  const known = `scores: ${fitting.slice(0, mostNamed).map(told).join(', ')}`;
  const bits = createBits(seedOf(seed));
  // B2
  if (bits() % lotEvery === 0) return { agent: fitting[bits() % fitting.length]!, reason: `by lot; ${known}` };
  // Of two that are scored alike, the one that fits better.
  const agent = fitting.reduce((first, each) => (valueOf(each) > valueOf(first) ? each : first));
  return { agent, reason: known };
}

/** FNV-1a: texts that differ in little get other lots. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
