import type { Bpf } from './bpf.ts';
import { end, ifEquals, load, toBytes, unlessAbove, unlessAnyBit, unlessEquals } from './bpf.ts';
import type { Check, RefusedCall } from './refused-calls.ts';
import { refusedCalls } from './refused-calls.ts';

/** Machines whose system calls we know. */
type FilteredMachine = 'x64' | 'arm64';

// From linux/seccomp.h and linux/audit.h.
const verdicts = { allow: 0x7fff0000, kill: 0x80000000, error: 0x00050000 };
const machineIds: Record<FilteredMachine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const firstX32Call = 0x40000000;
const ENOSYS = 38;
const place = { call: 0, machine: 4, argument: (index: number) => 16 + 8 * index };

/**
 * The program that the kernel runs at every system call of a sandboxed command; undefined for a machine that we do not know.
 *
 * What is not named is allowed: namespaces and missing capabilities do the rest.
 */
export function seccompFilter(machine: string = process.arch): Buffer | undefined {
  if (machine !== 'x64' && machine !== 'arm64') return undefined;
  // A 32-bit program has other numbers for the same calls.
  const program = [...load(place.machine), ...ifEquals(machineIds[machine], 1), ...end(verdicts.kill)];
  program.push(...load(place.call));
  if (machine === 'x64') program.push(...unlessAbove(firstX32Call - 1, 1), ...end(verdicts.error | ENOSYS));
  for (const refused of Object.values(refusedCalls)) program.push(...blockOf(refused, refused[machine]));
  return toBytes([...program, ...end(verdicts.allow)]);
}

function blockOf({ checks = [], error }: RefusedCall, number: number | null): Bpf {
  if (number === null) return [];
  // Built from its end, as each test needs to know how far the way out is.
  let body: Bpf = [...end(verdicts.error | error), ...end(verdicts.allow)];
  for (const check of checks.toReversed()) body = [...testOf(check, body.length - 1), ...body];
  return [...unlessEquals(number, body.length), ...body];
}

// A test goes on to what follows it when it holds; else it skips to the last instruction, which allows.
function testOf(check: Check, toAllow: number): Bpf {
  const low = load(place.argument(check.argument));
  if ('anyBit' in check) return [...low, ...unlessAnyBit(check.anyBit, toAllow)];
  if ('above' in check) {
    const high = load(place.argument(check.argument) + 4);
    // A high half that is not zero is above; else the low half decides.
    return [...high, ...unlessEquals(0, 2), ...low, ...unlessAbove(check.above, toAllow)];
  }
  if ('noneOf' in check) {
    const { noneOf } = check;
    return [...low, ...noneOf.flatMap((value, index) => ifEquals(value, noneOf.length - 1 - index + toAllow))];
  }
  const { oneOf } = check;
  const last = oneOf.length - 1;
  return [
    ...low,
    ...oneOf.flatMap((value, index) => (index === last ? unlessEquals(value, toAllow) : ifEquals(value, last - index))),
  ];
}
