/*
 * M1 The target moves only to a commit whose gates were green on just that commit.
 * M2 Branches go in the order in which they are given. One that a gate fails with is out; those before it and behind it still go in.
 * M3 With one guilty branch of n at most ⌈log2 n⌉ + 2 gates run: all, a binary search among beginnings, and the rest without it.
 * M4 A branch is guilty only of what the target does not do by itself: where no beginning was green, either what comes without the
 *    branch is green, or the gates run on the target. A gate that cannot run there says nothing about any branch.
 *    Whom it is about is known when the train is at its end: a branch that is out may have come in with one that began from it.
 * M5 A conflict is one with what the target is in the end: a branch that conflicts waits until it is known who of those before it goes in.
 */

/** What gates said of a commit. `broken`: one of them could not run to its end, so nobody knows. */
export interface GateVerdict {
  kind: 'green' | 'red' | 'broken';
  /** Why it is not green, in words. */
  reason: string;
}

/**
 * What came of moving the target: done, with branches that others had begun from and brought `along`; somebody else had moved it; or something
 * is in the way, as `reason` says. `by`: whose changes that is about, each with its reason; none: nobody's alone.
 */
export type Landing =
  | { kind: 'landed'; along?: readonly string[] }
  | { kind: 'moved' }
  | { kind: 'held'; reason: string; by?: readonly { id: string; reason: string }[] };

/** Branches that can be merged one after the other; `later`: those in conflict with one of them, or with the target, where there are others (M5). */
interface Coupled {
  chain: string[];
  later: string[];
}

/** How a train gets at the world; ids are those of tasks. */
export interface TrainHands {
  /** Merges branches into the target as it is now, in their order; what is in neither list is settled. */
  couple(ids: readonly string[]): Promise<Coupled>;
  /** Runs the gates on the first `count` of what was coupled last; 0: on the target itself. */
  gate(count: number): Promise<GateVerdict>;
  /** Moves the target to the first `count` of what was coupled last. */
  land(count: number): Promise<Landing>;
  /** A branch does not go in. */
  reject(id: string, reason: string): Promise<void>;
  /** Branches wait, as nothing can be said of them or done with them now. */
  hold(ids: readonly string[], reason: string): Promise<void>;
}

/** How often somebody else may move the target while gates run, until branches are left waiting. */
const mostMoves = 20;

/**
 * Brings branches into the target: each of them goes in, is rejected, or waits (M1 to M5).
 *
 * @param tellsAtOnce who is out is told when it is found, as trains once did
 */
export async function rideTrain(ids: readonly string[], hands: TrainHands, tellsAtOnce = false): Promise<void> {
  const begin = { left: ids, later: [], suspect: null, isTargetGreen: false, moves: 0 };
  const ride: Ride = { hands, ...begin, tellsAtOnce, out: new Map<string, string>() };
  try {
    await rideOn(ride, ids);
  } finally {
    for (const [id, reason] of ride.out) await hands.reject(id, reason);
  }
}

async function rideOn(ride: Ride, ids: readonly string[]): Promise<void> {
  const { hands } = ride;
  while (ride.left.length > 0) {
    const { chain, later } = await hands.couple(ride.left);
    if (chain.length === 0) break;
    [ride.left, ride.later] = [chain, later];
    const isOver = await rideOnce(ride, chain);
    if (isOver) return;
    const again = new Set([...ride.left, ...later]);
    ride.left = ids.filter((id) => again.has(id));
  }
  // What was to clear it is in conflict with the target.
  ride.later = [];
  if (ride.suspect) await settleSuspect(ride, []);
}

interface Ride {
  hands: TrainHands;
  left: readonly string[];
  /** What is in conflict with those, or with the target. */
  later: readonly string[];
  /** The first of a chain, which was red: the target itself may be. */
  suspect: { id: string; reason: string } | null;
  isTargetGreen: boolean;
  moves: number;
  tellsAtOnce: boolean;
  /** Who is out, and why, as far as that has not been told. */
  out: Map<string, string>;
}

// One round over what is coupled. @returns whether nothing more can be done
async function rideOnce(ride: Ride, chain: readonly string[]): Promise<boolean> {
  const { hands } = ride;
  const whole = await hands.gate(chain.length);
  if (whole.kind === 'green') {
    await rejectSuspect(ride);
    return goIn(ride, chain, { count: chain.length, rest: [] });
  }
  const isDoubtful = ride.suspect !== null || chain.length === 1 || whole.kind === 'broken';
  if (isDoubtful && !(await settleSuspect(ride, chain))) return true;
  const { good, reason } = await search(ride, chain.length, whole);
  if (reason === null) {
    await hands.hold([...chain, ...ride.later], 'a gate cannot run, on the target alone neither');
    return true;
  }
  const [guilty, rest] = [chain[good]!, chain.slice(good + 1)];
  if (good === 0 && !ride.isTargetGreen) ride.suspect = { id: guilty, reason };
  // Its beginning was green, so it is not the target.
  else await reject(ride, guilty, reason);
  if (good > 0) return goIn(ride, chain.slice(0, good), { count: good, rest });
  ride.left = rest;
  return false;
}

/** The longest beginning that is green, and why the next one is not; null: the target itself is not green. */
async function search(ride: Ride, count: number, whole: GateVerdict): Promise<{ good: number; reason: string | null }> {
  let [good, bad, last] = [0, count, whole];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const verdict = await ride.hands.gate(middle);
    if (verdict.kind === 'green') good = middle;
    else [bad, last] = [middle, verdict];
    // M4
    if (verdict.kind === 'broken' && !ride.isTargetGreen && !(await isTargetGreen(ride))) return { good, reason: null };
  }
  return { good, reason: last.reason };
}

async function goIn(
  ride: Ride,
  chain: readonly string[],
  { count, rest }: { count: number; rest: readonly string[] },
): Promise<boolean> {
  const landing = await ride.hands.land(count);
  if (landing.kind === 'held') {
    const { by = [], reason } = landing;
    if (by.length === 0) await ride.hands.hold([...chain, ...rest, ...ride.later], reason);
    for (const each of by) await ride.hands.hold([each.id], each.reason);
    const held = new Set(by.map(({ id }) => id));
    // The others are merged and gated without them.
    ride.left = [...chain, ...rest].filter((id) => !held.has(id));
    return by.length === 0;
  }
  if (landing.kind === 'landed') {
    for (const id of landing.along ?? []) ride.out.delete(id);
    [ride.left, ride.isTargetGreen] = [rest, true];
    return false;
  }
  // It is another target now: all of it is merged and gated anew.
  [ride.left, ride.isTargetGreen] = [[...chain, ...rest], false];
  if (++ride.moves < mostMoves) return false;
  await ride.hands.hold(
    [...ride.left, ...ride.later],
    'somebody else moves the target again and again while its gates run',
  );
  return true;
}

async function rejectSuspect(ride: Ride): Promise<void> {
  const { suspect } = ride;
  ride.suspect = null;
  if (suspect) await reject(ride, suspect.id, suspect.reason);
}

async function reject(ride: Ride, id: string, reason: string): Promise<void> {
  if (ride.tellsAtOnce) await ride.hands.reject(id, reason);
  else ride.out.set(id, reason);
}

// M4: whether the target is green by itself; then who is suspected is guilty. Otherwise all wait.
async function settleSuspect(ride: Ride, chain: readonly string[]): Promise<boolean> {
  const verdict = ride.isTargetGreen ? null : await ride.hands.gate(0);
  if (verdict === null || verdict.kind === 'green') {
    ride.isTargetGreen = true;
    await rejectSuspect(ride);
    return true;
  }
  const waiting = [...(ride.suspect ? [ride.suspect.id] : []), ...chain, ...ride.later];
  await ride.hands.hold(waiting, targetWords(verdict));
  return false;
}

async function isTargetGreen(ride: Ride): Promise<boolean> {
  const verdict = await ride.hands.gate(0);
  ride.isTargetGreen = verdict.kind === 'green';
  return ride.isTargetGreen;
}

function targetWords({ kind, reason }: GateVerdict): string {
  const what =
    kind === 'broken' ? 'a gate cannot run, on the target alone neither' : 'the target fails its gates by itself';
  return `${what}: ${reason}`;
}
