/** One instruction of the kernel's packet filter (classic BPF), as seccomp takes it. */
interface Instruction {
  code: number;
  /** Instructions to skip when a test holds, and when it does not. */
  whenTrue: number;
  whenFalse: number;
  value: number;
}

/** A step of a program that looks at one system call. */
export type Bpf = readonly Instruction[];

// From linux/bpf_common.h.
const codes = { load: 0x20, equals: 0x15, above: 0x25, anyBit: 0x45, end: 0x06 };

const one = (code: number, value: number, whenTrue = 0, whenFalse = 0): Bpf => [{ code, whenTrue, whenFalse, value }];

/** Loads 32 bits of what the kernel tells of a system call (`struct seccomp_data`). */
export const load = (offset: number): Bpf => one(codes.load, offset);

/** Goes on when what was loaded is `value`, else skips. */
export const unlessEquals = (value: number, skipped: number): Bpf => one(codes.equals, value, 0, skipped);

/** Skips when what was loaded is `value`. */
export const ifEquals = (value: number, skipped: number): Bpf => one(codes.equals, value, skipped, 0);

/** Goes on when what was loaded is above `value`, unsigned, else skips. */
export const unlessAbove = (value: number, skipped: number): Bpf => one(codes.above, value, 0, skipped);

/** Goes on when what was loaded has a bit of `mask`, else skips. */
export const unlessAnyBit = (mask: number, skipped: number): Bpf => one(codes.anyBit, mask, 0, skipped);

/** Ends the program with a verdict. */
export const end = (verdict: number): Bpf => one(codes.end, verdict);

/** The bytes that the kernel and bubblewrap take (`struct sock_filter`, little-endian as both machines are). */
export function toBytes(program: Bpf): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, whenTrue, whenFalse, value }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}
