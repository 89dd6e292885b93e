import { describe, expect, it } from 'vitest';
import { seccompFilter } from '../../../../src/host/sandbox/seccomp/filter.ts';

const verdicts: Record<number, string> = { 0x7fff0000: 'allowed', 0x80000000: 'killed' };

/** Runs a filter as the kernel does. */
function verdictOf(program: Buffer, machine: number, call: number, args: readonly bigint[]): string {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call, 0);
  data.writeUInt32LE(machine, 4);
  args.forEach((value, index) => void data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index));
  let loaded = 0;
  for (let at = 0; ; at++) {
    const code = program.readUInt16LE(at * 8);
    const [then, otherwise] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    const value = program.readUInt32LE(at * 8 + 4);
    if (code === 0x06) return verdicts[value] ?? `error ${value - 0x50000}`;
    if (code === 0x20) loaded = data.readUInt32LE(value);
    else {
      const holds = code === 0x15 ? loaded === value : code === 0x25 ? loaded > value : (loaded & value) !== 0;
      at += holds ? then : otherwise;
    }
  }
}

const machines = { x64: 0xc000003e, arm64: 0xc00000b7 };
const EPERM = 'error 1';
const ENOSYS = 'error 38';

describe('seccompFilter', () => {
  it.each<[string, number | null, number, bigint[], string]>([
    ['keyctl', 250, 219, [], EPERM],
    ['add_key', 248, 217, [], EPERM],
    ['request_key', 249, 218, [], EPERM],
    ['chmod 4755', 90, -1, [0n, 0o4755n], EPERM],
    ['chmod 755', 90, -1, [0n, 0o755n], 'allowed'],
    ['fchmod 2755', 91, 52, [3n, 0o2755n], EPERM],
    ['fchmodat 4755', 268, 53, [-100n, 0n, 0o4755n], EPERM],
    ['fchmodat 1755', 268, 53, [-100n, 0n, 0o1755n], 'allowed'],
    ['fchmodat2 4755', 452, 452, [-100n, 0n, 0o4755n], EPERM],
    ['openat that makes 4755', 257, 56, [-100n, 0n, 0o101n, 0o4755n], EPERM],
    ['openat without a name, 2755', 257, 56, [-100n, 0n, 0o20200002n, 0o2755n], EPERM],
    ['openat that reads, whatever its fourth register holds', 257, 56, [-100n, 0n, 0n, 0o4755n], 'allowed'],
    ['openat2', 437, 437, [], ENOSYS],
    ['mknodat 4755', 259, 33, [-100n, 0n, 0o104755n], EPERM],
    ['clone with a user namespace', 56, 220, [0x10000011n], EPERM],
    ['clone of a thread', 56, 220, [0x3d0f00n], 'allowed'],
    ['clone3', 435, 435, [], ENOSYS],
    ['shmget of 4 KB', 29, 194, [0n, 4096n], 'allowed'],
    ['shmget of 1 MB', 29, 194, [0n, 1n << 20n], 'error 22'],
    ['shmget of 4 GB, the low half of which is 0', 29, 194, [0n, 1n << 32n], 'error 22'],
    ['socket of inet6', 41, 198, [10n], 'allowed'],
    ['socket of vsock', 41, 198, [40n], 'error 97'],
    ['ioctl that types into the terminal', 16, 29, [0n, 0x5412n], EPERM],
    ['ioctl that types, with a high half', 16, 29, [0n, 0x100005412n], EPERM],
    ['ioctl of a console', 16, 29, [0n, 0x541cn], EPERM],
    ['ioctl that asks for the size', 16, 29, [0n, 0x5413n], 'allowed'],
    ['io_uring_setup', 425, 425, [], ENOSYS],
    ['getpid', 39, 172, [], 'allowed'],
    ['a call of the 32-bit table', 0x40000000 + 250, -1, [], ENOSYS],
  ])('answers %s', (_what, x64, arm64, args, verdict) => {
    if (x64 !== null) expect(verdictOf(seccompFilter('x64')!, machines.x64, x64, args)).toBe(verdict);
    if (arm64 >= 0) expect(verdictOf(seccompFilter('arm64')!, machines.arm64, arm64, args)).toBe(verdict);
  });

  it('kills what runs as another machine, whose calls have other numbers', () => {
    expect(verdictOf(seccompFilter('x64')!, 0x40000003, 39, [])).toBe('killed');
    expect(verdictOf(seccompFilter('arm64')!, 0x40000028, 172, [])).toBe('killed');
  });

  it('is none for a machine that nobody has looked at', () => {
    expect(seccompFilter('riscv64')).toBeUndefined();
  });
});
