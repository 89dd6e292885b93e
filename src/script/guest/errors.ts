/** Source, in the interpreter: errors that the run makes, and what is told of those that nobody caught. */
export const errorsSource = String.raw`
// Why an error of ours was thrown, for the end of the run: scripts see ordinary errors.
const kinds = new WeakMap();
const classes = { Error, TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError };
const outOfRoom = InternalError.prototype;

const fault = (kind, message, { name = 'Error', stack } = {}) => {
  const error = new (classes[name] ?? Error)(message);
  if (error.name !== name) defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  if (stack !== undefined) defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  if (kind !== 'throw') kinds.set(error, kind);
  return error;
};

const read = (error, key) => {
  try {
    const value = error[key];
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
};

// More than enough for a place, of what a script may have set itself.
const stackText = (error) => read(error, 'stack').slice(0, 4000);

// An error of a class of one's own arises where it is made, not in its constructor.
const stackOf = (error) => {
  const makers = new Set();
  for (let one = getPrototypeOf(error); one !== null; one = getPrototypeOf(one)) makers.add(getOwnPropertyDescriptor(one, 'constructor')?.value?.name);
  const lines = stackText(error).split('\n');
  const first = lines.findIndex((text) => !makers.has(/^ +at (\S+) \(/.exec(text)?.[1]));
  return lines.slice(Math.max(0, first)).join('\n');
};

const describe = (error) => {
  if (error === null || error === undefined) return { kind: 'throw', name: 'Error', message: '', stack: '' };
  if (!(error instanceof Error)) return { kind: 'throw', name: 'Error', message: show(error), stack: stackText(error) };
  const message = read(error, 'message');
  const isMemory = getPrototypeOf(error) === outOfRoom && message === 'out of memory';
  const kind = isMemory ? 'memory' : (kinds.get(error) ?? 'throw');
  return { kind, name: read(error, 'name') || 'Error', message, stack: stackOf(error) };
};
`;
