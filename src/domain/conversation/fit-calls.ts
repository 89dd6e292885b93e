/*
 * A model's word on what its calls are called is a stranger's: ids come twice, empty or full of foreign characters, names hold whole
 * commands. A call is therefore known by its place in the answer.
 *
 * F1 What is well-formed and there once stays what it is: keys of the journal are made of it.
 * F2 Of equal ids the first one keeps it; the others get a number behind it, in the order of their places.
 * F3 A name that had to be changed is never the name of a tool.
 */
import { longestToolName, toWireName } from '../tool-names.ts';

/** What a model calls a tool run, and the tool. */
export interface CallNames {
  id: string;
  name: string;
}

const longestId = 64;
const wellFormed = /^[A-Za-z0-9_-]+$/;

/** Calls as every provider takes them back: ids that are well-formed and none of `taken`, each of them once, and names that are well-formed. */
export function fitCalls<Call extends CallNames>(calls: readonly Call[], taken: Iterable<string> = []): Call[] {
  const freeId = idsBeside(new Set(taken));
  return calls.map((call) => {
    const id = freeId(toFitId(call.id));
    const name = toFitName(call.name);
    return id === call.id && name === call.name ? call : { ...call, id, name };
  });
}

/** The calls of one answer told apart by their ids, which are otherwise left as they are (F2). */
export function tellApart<Call extends Pick<CallNames, 'id'>>(calls: readonly Call[]): Call[] {
  const all = new Set(calls.map(({ id }) => id));
  if (all.size === calls.length) return [...calls];
  const seen = new Set<string>();
  const freeId = idsBeside(all);
  return calls.map((call) => {
    if (seen.has(call.id)) return { ...call, id: freeId(call.id) };
    seen.add(call.id);
    return call;
  });
}

/** Gives each id that is asked for, or the first free one with a number behind it; what it gave is used then. */
function idsBeside(used: Set<string>): (wanted: string) => string {
  // Where the search goes on: thousands of calls may have one id.
  const next = new Map<string, number>();
  return (wanted) => {
    let id = wanted;
    let number = next.get(wanted) ?? 2;
    while (used.has(id)) id = `${wanted}-${number++}`;
    next.set(wanted, number);
    used.add(id);
    return id;
  };
}

function toFitId(id: string): string {
  if (id.length <= longestId && wellFormed.test(id)) return id;
  return id.slice(0, longestId).replace(/[^A-Za-z0-9_-]/g, '_') || 'call';
}

// F3: no tool's own name begins like this, and none in a namespace is without a dot.
function toFitName(name: string): string {
  const wire = toWireName(name);
  if (wire.length <= longestToolName && wellFormed.test(wire)) return name;
  return `invalid_${wire.slice(0, longestToolName - 10).replace(/[^A-Za-z0-9-]+/g, '_')}`;
}
