/*
 * The interpreter's module in memory.
 * M1 Loading is synchronous: what WebAssembly does by itself later settles outside of a workflow's order.
 * M2 Whatever it asks of the outside is answered the same at every time and on every machine: no clock, no zone, no environment.
 * M3 It counts what it does, and stops when that is more than allowed. It cannot be used any more then.
 */
import { fromBase64 } from './from-base64.ts';
import { exported, wasm } from './wasm.ts';

// Neither Node's types nor the language's have it.
declare const WebAssembly: {
  Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  RuntimeError: new (message: string) => Error;
};

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Address of something in the module's memory; 0 is nothing. */
export type Pointer = number;

/** What the interpreter asks while it works. Neither may throw: it would be left in the middle of something. */
export interface MachineCalls {
  /** A function that {@link Machine.api} made was called; gives the address of a value that then belongs to the interpreter. */
  call(context: Pointer, argumentsAt: Pointer, count: number): Pointer;
  /** Asked once in ten thousand calls and jumps. */
  interrupts(): boolean;
}

type Api = { readonly [Name in Exclude<keyof typeof exported, 'start' | 'fuel'>]: (...values: number[]) => number };

export interface Machine {
  readonly api: Api;
  /** How many turns of loops, of whatever kind, it may take from now on (M3). */
  readonly refuel: (turns: number) => void;
  readonly hasFuel: () => boolean;
  readonly fuelLeft: () => number;
  /** Puts a text into memory, ended by a zero; to be freed by the caller. */
  readonly write: (text: string) => { at: Pointer; bytes: number };
  /** The text at an address, up to its zero. */
  readonly read: (at: Pointer) => string;
  /** Numbers of 32 bits. */
  readonly setNumber: (at: Pointer, value: number) => void;
  readonly readNumber: (at: Pointer) => number;
}

const pageBytes = 65_536;
const mostPages = 32_768;
// Beside what scripts allocate: the module's own data and stack.
const ownPages = 384;

// Has no state: runs may share it.
let compiled: object | undefined;

/**
 * Loads the interpreter with `memoryBytes` for scripts (M1): it has them from the beginning, though nothing is taken of the machine that is not
 * used. Growing would fail where the machine has no more, which is no thing that a script may see (M2).
 */
export function loadMachine(memoryBytes: number, calls: MachineCalls): Machine {
  const maximum = Math.min(mostPages, ownPages + Math.ceil(memoryBytes / pageBytes));
  const memory = new WebAssembly.Memory({ initial: maximum, maximum });
  const imports = { a: { ...systemCalls(memory), ...scriptCalls(calls), a: memory } };
  compiled ??= new WebAssembly.Module(fromBase64(wasm));
  const { exports } = new WebAssembly.Instance(compiled, imports);
  const fuel = exports[exported.fuel] as { value: number };
  (exports[exported.start] as () => void)();
  const api = Object.fromEntries(
    Object.entries(exported).map(([name, short]) => [name, exports[short]]),
  ) as unknown as Api;
  return {
    api,
    refuel: (turns) => void (fuel.value = turns),
    hasFuel: () => fuel.value >= 0,
    fuelLeft: () => fuel.value,
    ...memoryAccess(memory, api),
  };
}

function memoryAccess(memory: WasmMemory, api: Api): Pick<Machine, 'write' | 'read' | 'setNumber' | 'readNumber'> {
  // It may have grown since the last time: an old view of it is empty then.
  const bytes = (): Uint8Array => new Uint8Array(memory.buffer);
  return {
    write: (text) => {
      const encoded = new TextEncoder().encode(text);
      const at = api.malloc(encoded.length + 1);
      if (at === 0) throw new RangeError('out of memory');
      const all = bytes();
      all.set(encoded, at);
      all[at + encoded.length] = 0;
      return { at, bytes: encoded.length };
    },
    read: (at) => {
      const all = bytes();
      return new TextDecoder().decode(all.subarray(at, all.indexOf(0, at)));
    },
    setNumber: (at, value) => new DataView(memory.buffer).setUint32(at, value, true),
    readNumber: (at) => new DataView(memory.buffer).getUint32(at, true),
  };
}

function scriptCalls(calls: MachineCalls) {
  return {
    s: (context: Pointer, _self: Pointer, count: number, argumentsAt: Pointer) =>
      calls.call(context, argumentsAt, count),
    i: () => (calls.interrupts() ? 1 : 0),
    // No modules, and functions of the outside are kept as long as the interpreter is.
    ...{ g: () => 0, h: () => 0, t: () => 0 },
  };
}

// M2. The letters are those of the build in wasm.ts.
function systemCalls(memory: WasmMemory) {
  const view = (): DataView => new DataView(memory.buffer);
  const stops = (): never => {
    throw new WebAssembly.RuntimeError('the interpreter gave up');
  };
  return {
    ...{ b: stops, q: stops, r: stops },
    // Descriptors: written to, closed, moved in. There are none.
    ...{ c: () => 52, d: () => 52, o: () => 70 },
    // The environment is empty: `e` writes it, `f` says how large it is.
    e: () => 0,
    f: (countAt: Pointer, sizeAt: Pointer) => {
      view().setUint32(countAt, 0, true);
      view().setUint32(sizeAt, 0, true);
      return 0;
    },
    // Timers of the system, and whether it goes on behind `main`.
    ...{ j: () => 0, l: () => undefined },
    // It does not grow.
    k: () => 0,
    m: (seconds: bigint, at: Pointer) => writeUtc(view(), Number(seconds) * 1000, at),
    n: (zoneAt: Pointer, daylightAt: Pointer, ...namesAt: Pointer[]) => {
      for (const at of [zoneAt, daylightAt, ...namesAt]) view().setUint32(at, 0, true);
    },
    p: () => 0,
  };
}

/** Writes a `struct tm`: where the script runs it is always Greenwich. */
function writeUtc(view: DataView, milliseconds: number, at: Pointer): void {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor(
    (Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000,
  );
  const fields = [
    ...[date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth()],
    ...[year - 1900, date.getUTCDay(), dayOfYear, 0, 0],
  ];
  for (const [index, field] of fields.entries()) view.setInt32(at + 4 * index, field, true);
}
