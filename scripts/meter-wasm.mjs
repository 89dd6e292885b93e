/*
 * Makes a WebAssembly module count what it does: each turn of a loop, and each eight bytes of memory that is copied or filled at once, take
 * one from a number that the host sets; below zero the module stops. So whatever it is given to do ends, at the same place on every machine.
 */
const section = { import: 2, function: 3, global: 6, export: 7, code: 10, type: 1 };
const i32 = 0x7f;
// The module does something already when it is loaded.
const largest = [0xff, 0xff, 0xff, 0xff, 0x07];
const [end, loop, blocks] = [0x0b, 0x03, [0x02, 0x03, 0x04]];

/** The same module with a global more, exported under `name`. */
export function meterWasm(bytes, name) {
  const sections = sectionsOf(bytes);
  const bodyOf = (id) => sections.find((one) => one.id === id).body;
  const fuel = new Reader(bodyOf(section.global)).unsigned();
  const parameters = parametersOf(bodyOf(section.type), bodyOf(section.function));
  const rewrite = {
    [section.global]: (body) => withOneMore(body, [i32, 1, 0x41, ...largest, end]),
    [section.export]: (body) => withOneMore(body, [...text(name), 3, ...unsigned(fuel)]),
    [section.code]: (body) => meteredCode(body, parameters, fuel),
  };
  const parts = sections.map(({ id, body }) => {
    const written = rewrite[id]?.(body) ?? body;
    return Buffer.from([id, ...unsigned(written.length), ...written]);
  });
  return Buffer.concat([bytes.subarray(0, 8), ...parts]);
}

function sectionsOf(bytes) {
  const reader = new Reader(bytes, 8);
  const found = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    found.push({ id, body: reader.take(reader.unsigned()) });
  }
  return found;
}

/** How many parameters each function has that is defined here. */
function parametersOf(types, functions) {
  const ofType = new Reader(types);
  const counts = list(ofType, () => {
    ofType.byte();
    const count = ofType.unsigned();
    ofType.take(count);
    ofType.take(ofType.unsigned());
    return count;
  });
  const ofFunction = new Reader(functions);
  return list(ofFunction, () => counts[ofFunction.unsigned()]);
}

function list(reader, read) {
  return Array.from({ length: reader.unsigned() }, read);
}

function withOneMore(body, entry) {
  const reader = new Reader(body);
  const count = reader.unsigned();
  return [...unsigned(count + 1), ...body.subarray(reader.at), ...entry];
}

function meteredCode(body, parameters, fuel) {
  const reader = new Reader(body);
  const written = unsigned(reader.unsigned());
  for (const count of parameters) {
    const code = meteredFunction(reader.take(reader.unsigned()), count, fuel);
    written.push(...unsigned(code.length));
    for (const byte of code) written.push(byte);
  }
  return written;
}

/** Each function gets a local more, to keep a size in. */
function meteredFunction(body, parameters, fuel) {
  const reader = new Reader(body);
  const groups = reader.unsigned();
  const start = reader.at;
  let size = parameters;
  for (let index = 0; index < groups; index++) {
    size += reader.unsigned();
    reader.byte();
  }
  const written = [...unsigned(groups + 1), ...body.subarray(start, reader.at), 1, i32];
  while (reader.at < body.length) {
    const from = reader.at;
    const { code, isBulk } = skipInstruction(reader);
    if (isBulk)
      written.push(
        0x21,
        ...unsigned(size),
        ...take(fuel, [0x20, ...unsigned(size), 0x41, 3, 0x76]),
        0x20,
        ...unsigned(size),
      );
    for (const byte of body.subarray(from, reader.at)) written.push(byte);
    if (code === loop) written.push(...take(fuel, [0x41, 1]));
  }
  return written;
}

/** Takes what some instructions give from the fuel, and stops below zero. */
function take(fuel, amount) {
  const at = unsigned(fuel);
  return [0x23, ...at, ...amount, 0x6b, 0x24, ...at, 0x23, ...at, 0x41, 0, 0x48, 0x04, 0x40, 0x00, end];
}

// What stands behind each code: numbers in LEB128, single bytes, or bytes of a constant.
const one = new Set([0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2]);
const two = new Set([0x11, ...Array.from({ length: 0x3e - 0x28 + 1 }, (_, index) => 0x28 + index)]);
const bulkImmediates = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1];

function skipInstruction(reader) {
  const code = reader.byte();
  if (blocks.includes(code) || one.has(code)) reader.skipNumbers(1);
  else if (two.has(code)) reader.skipNumbers(2);
  else if (code === 0x0e) reader.skipNumbers(reader.unsigned() + 1);
  else if (code === 0x43) reader.take(4);
  else if (code === 0x44) reader.take(8);
  else if (code === 0xfc) {
    const kind = reader.unsigned();
    if (bulkImmediates[kind] === undefined) throw new Error(`unknown instruction 0xfc ${kind}`);
    reader.skipNumbers(bulkImmediates[kind]);
    return { code, isBulk: kind === 10 || kind === 11 };
  } else if (code > 0xc4 || (code > 0x11 && code < 0x1a) || code === 0x1c)
    throw new Error(`unknown instruction ${code}`);
  return { code, isBulk: false };
}

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  take(count) {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  skipNumbers(count) {
    for (let index = 0; index < count; index++) while (this.byte() & 0x80);
  }

  unsigned() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
}

function unsigned(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function text(value) {
  const bytes = Buffer.from(value);
  return [...unsigned(bytes.length), ...bytes];
}
