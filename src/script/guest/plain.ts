/** Source, in the interpreter: values as plain data, as text and as a script's result. */
export const plainSource = String.raw`
const { parse, stringify } = JSON;
const { isArray } = Array;
const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf, keys, setPrototypeOf } = Object;
const { ownKeys, construct } = Reflect;

// Identity, classes and functions are lost; circles, bigints, symbols and undefined are kept. A member that throws when read is left out.
const plain = (value, seen = new Map()) => {
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const made = isArray(value) ? [] : {};
  seen.set(value, made);
  if (isArray(value)) for (let index = 0; index < value.length; index++) made.push(plain(value[index], seen));
  else for (const key of keys(value)) copyMember(value, made, key, seen);
  return made;
};

const copyMember = (from, to, key, seen) => {
  let member;
  try {
    member = from[key];
  } catch {
    return;
  }
  if (typeof member === 'function') return;
  defineProperty(to, key, { value: plain(member, seen), writable: true, enumerable: true, configurable: true });
};

const toText = (value) => {
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object' || value === null) return String(value);
  return '[object]';
};

// For people: an object as JSON where that can be done.
const show = (value) => {
  if (typeof value !== 'object' || value === null) return toText(value);
  try {
    return value instanceof Error ? String(value) : stringify(plain(value)) ?? '[object]';
  } catch {
    return '[object]';
  }
};

const toResult = (value) => {
  if (value === undefined) return { hasValue: false };
  const kind = typeof value;
  if (kind === 'function' || kind === 'symbol' || kind === 'bigint') throw new TypeError('a ' + kind + ' cannot be written as JSON');
  return { hasValue: true, value: plain(value) };
};
`;
