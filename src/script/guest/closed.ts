/** Source, in the interpreter: what a script has not (clock, chance, eval, names of engines) and may not change (built-ins). */
export const closedSource = String.raw`
const names = new Set(
  ('Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError Array Object Function Iterator parseInt ' +
    'parseFloat isNaN isFinite decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape Infinity NaN undefined eval ' +
    'Number Boolean String Math Reflect Symbol globalThis BigInt Date RegExp JSON Proxy Map Set WeakMap WeakSet ArrayBuffer DataView ' +
    'Uint8ClampedArray Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array ' +
    'Float32Array Float64Array Promise').split(' '),
);
const set = (owner, key, value) => defineProperty(owner, key, { value, writable: true, enumerable: false, configurable: true });

const noClock = (what) => () => {
  throw fault('nondeterminism', what + ' would give something else each time a run goes on. Hand it in by args, or let an agent find out.');
};
const closeClock = () => {
  const Real = Date;
  const Closed = function Date(...values) {
    if (new.target === undefined) noClock('Date()')();
    if (values.length === 0) noClock('new Date()')();
    return construct(Real, values, new.target);
  };
  defineProperty(Closed, 'prototype', { value: Real.prototype, writable: false });
  for (const key of ['parse', 'UTC']) set(Closed, key, Real[key]);
  set(Closed, 'now', noClock('Date.now()'));
  set(Real.prototype, 'constructor', Closed);
  set(globalThis, 'Date', Closed);
  set(Math, 'random', noClock('Math.random()'));
};

const closeEval = () => {
  const refuse = (name) => {
    const closed = { [name]: function () { throw new EvalError('code made of text is not run in a workflow script'); } }[name];
    return closed;
  };
  set(globalThis, 'eval', refuse('eval'));
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    const prototype = getPrototypeOf(sample);
    const closed = refuse(prototype.constructor.name);
    defineProperty(closed, 'prototype', { value: prototype, writable: false });
    defineProperty(prototype, 'constructor', { value: closed, writable: true, enumerable: false, configurable: true });
    if (prototype === Function.prototype) set(globalThis, 'Function', closed);
  }
};

// What does not fit into memory or stack is a RangeError elsewhere.
const nameLimits = () => {
  setPrototypeOf(outOfRoom, RangeError.prototype);
  delete outOfRoom.name;
};

// An own member of an object may be called as one of a frozen prototype is; plain assignment would be refused.
const allowOwn = (owner, key) => {
  const { value, writable } = getOwnPropertyDescriptor(owner, key) ?? {};
  if (!writable) return;
  const assign = function (next) {
    if (this === owner || (typeof this !== 'object' && typeof this !== 'function') || this === null)
      throw new TypeError(String(key) + ' of a built-in cannot be changed');
    defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
  };
  defineProperty(owner, key, { get: () => value, set: assign, enumerable: false, configurable: false });
};
const openOwn = () => {
  for (const key of ownKeys(Object.prototype)) if (key !== '__proto__') allowOwn(Object.prototype, key);
  for (const kind of ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError', 'AggregateError'])
    for (const key of ['name', 'message', 'toString', 'constructor']) allowOwn(globalThis[kind].prototype, key);
  for (const owner of [Array.prototype, Function.prototype, Map.prototype, Set.prototype, RegExp.prototype])
    for (const key of ['toString', 'constructor']) allowOwn(owner, key);
};

const freezeAll = () => {
  const seen = new Set([globalThis]);
  const todo = [function () {}, async function () {}, function* () {}, async function* () {}, [].values(), new Map().keys(), new Set().keys()];
  todo.push(''[Symbol.iterator](), 'a'.matchAll(/a/g), (function* () {})(), (async function* () {})(), [].values().map((x) => x), Iterator.from({ next() {} }));
  const roots = todo.map(getPrototypeOf);
  for (const name of ownKeys(globalThis)) roots.push(globalThis[name]);
  while (roots.length > 0) {
    const value = roots.pop();
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
    seen.add(value);
    freeze(value);
    roots.push(getPrototypeOf(value));
    for (const key of ownKeys(value)) {
      const { value: member, get, set: assign } = getOwnPropertyDescriptor(value, key);
      roots.push(member, get, assign);
    }
  }
};

// What engines have had for long, and this one has not: thousands set apart as in English, whatever language is asked for.
const addMissing = () => {
  const grouped = (text) => text.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
  const toFixed = Number.prototype.toFixed;
  set(Number.prototype, 'toLocaleString', function toLocaleString(_locales, options) {
    const value = Number(this);
    if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return Number.isNaN(value) ? 'NaN' : String(value).replace('Infinity', '∞');
    const least = Math.min(20, options?.minimumFractionDigits ?? 0);
    const [whole, fraction = ''] = toFixed.call(value, Math.min(20, options?.maximumFractionDigits ?? Math.max(3, least))).split('.');
    const kept = fraction.replace(/0+$/, '').padEnd(least, '0');
    return grouped(whole) + (kept === '' ? '' : '.' + kept);
  });
  set(BigInt.prototype, 'toLocaleString', function toLocaleString() {
    return grouped(this.toString());
  });
  set(Error, 'captureStackTrace', function captureStackTrace(target) {
    set(target, 'stack', new Error().stack.split('\n').slice(1).join('\n'));
  });
  set(Array, 'fromAsync', async function fromAsync(items, map) {
    const list = [];
    if (items[Symbol.asyncIterator] ?? items[Symbol.iterator])
      for await (const item of items) list.push(map ? await map(item, list.length) : item);
    else for (let index = 0; index < items.length; index++) list.push(map ? await map(await items[index], index) : await items[index]);
    return list;
  });
};

for (const name of ownKeys(globalThis)) if (!names.has(name) && typeof name === 'string') delete globalThis[name];
addMissing();
closeClock();
closeEval();
nameLimits();
openOwn();
freezeAll();
for (const [name, value] of Object.entries({ agent, parallel, pipeline, phase, log, budget, workflow, console, setTimeout, clearTimeout }))
  defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
`;
