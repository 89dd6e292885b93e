/** Source, in the interpreter: what a script is given. `setup` says what this run allows, `host` is the one way out. */
export const globalsSource = String.raw`
const waiting = new Map();
const timers = new Map();
let lastId = 0;
let phaseNow = null;
let hasEnded = false;
const never = new Promise(() => {});

const hereStack = () => new Error().stack;
const orThrow = (problem, stack, kind = 'throw') => {
  if (problem !== '') throw fault(kind, problem, { stack });
};

// What is asked when the script is at its end is asked of nobody.
const ask = (what, question, stack, value) =>
  new Promise((resolve, reject) => {
    const id = ++lastId;
    waiting.set(id, { resolve, reject, stack });
    const problem = host(what, stringify({ id, ...question }), value);
    if (problem !== '') reject(fault('throw', problem, { stack }));
  });

const option = (options, key) => {
  try {
    return options[key] ?? undefined;
  } catch {
    return undefined;
  }
};
const textOption = (options, key) => {
  const value = option(options, key);
  return typeof value === 'string' ? value : null;
};
const wordOption = (options, key) => {
  const value = option(options, key);
  if (value === undefined) return '';
  try {
    return String(value).trim();
  } catch {
    return toText(value);
  }
};
const oneLine = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 60).replace(/[\ud800-\udbff]$/, '').trim();

const RealRegExp = RegExp;
const patternProblem = ({ at, pattern }) => {
  try {
    new RealRegExp(pattern, 'u');
    return '';
  } catch {
    return at + ' is no regular expression';
  }
};

const schemaOption = (options, stack) => {
  const schema = option(options, 'schema');
  if (schema === undefined) return null;
  let text;
  try {
    text = stringify(plain(schema)) ?? 'null';
  } catch {
    text = 'null';
  }
  const reading = host('schema', text);
  // Nothing is said when the script has taken its steps: it is about to be stopped.
  const { problem = '', patterns = [] } = reading === '' ? {} : parse(reading);
  orThrow(problem, stack, 'schema');
  for (let index = 0; index < patterns.length; index++) orThrow(patternProblem(patterns[index]), stack, 'schema');
  return parse(text);
};

const agent = async (prompt, options) => {
  if (hasEnded) return never;
  const stack = hereStack();
  const asked = String(prompt);
  const given = (typeof options === 'object' || typeof options === 'function') && options !== null ? options : {};
  const phase = wordOption(given, 'phase');
  const call = {
    prompt: asked,
    label: wordOption(given, 'label') || oneLine(asked),
    phase: phase === '' ? phaseNow : phase,
    schema: schemaOption(given, stack),
    model: textOption(given, 'model') || null,
    agentType: textOption(given, 'agentType'),
  };
  if (setup.total !== null && spent() >= setup.total)
    throw fault('throw', 'the budget of ' + setup.total + ' is spent: no agent is asked any more', { stack });
  return ask('agent', call, stack);
};

const listOf = (call, list) => {
  if (!isArray(list)) throw new TypeError(call + ' takes a list, not ' + (list === null ? 'null' : typeof list));
  if (list.length > setup.itemsPerCall)
    throw new Error(call + ' takes ' + setup.itemsPerCall + ' items at most, not ' + list.length);
  return [...list];
};
const allFunctions = (call, list) => {
  for (const [index, entry] of list.entries())
    if (typeof entry !== 'function') throw new TypeError(call + ': number ' + index + ' is no function but ' + (entry === null ? 'null' : typeof entry));
  return list;
};
const orNull = async (call, index, work) => {
  try {
    return await work();
  } catch (error) {
    if (!hasEnded) host('partFailed', stringify({ of: call, index, message: describe(error).message }));
    return null;
  }
};
const copied = (results) =>
  results.map((result) => {
    try {
      return plain(result);
    } catch {
      return null;
    }
  });

// Lists are read, and nothing is called, before the script's own turn is over.
const parallel = async (thunks) => {
  await null;
  const list = allFunctions('parallel', listOf('parallel', thunks));
  return copied(await Promise.all(list.map((thunk, index) => orNull('parallel', index, () => thunk()))));
};

const pipeline = async (items, ...stages) => {
  await null;
  const list = listOf('pipeline', items);
  allFunctions('pipeline', stages);
  const through = async (given, index) => {
    const item = await given;
    let value = item;
    for (const stage of stages) {
      if (value === null) return null;
      value = await stage(value, item, index);
    }
    return value;
  };
  return copied(await Promise.all(list.map((item, index) => orNull('pipeline', index, () => through(item, index)))));
};

const phase = (title) => {
  if (hasEnded) return;
  phaseNow = toText(title);
  host('phase', stringify(phaseNow));
};
const log = (text) => {
  if (!hasEnded) host('log', stringify(show(text)));
};
const line = (mark) => (...values) => log(mark + values.map(show).join(' '));
const console = { log: line(''), info: line(''), warn: line('[warn] '), error: line('[error] '), debug: line('') };

const spent = () => Number(host('spent', ''));
const budget = freeze({
  total: setup.total,
  spent,
  remaining: () => (setup.total === null ? Infinity : Math.max(0, setup.total - spent())),
});

const workflow = async (what, value) => {
  if (hasEnded) return never;
  const stack = hereStack();
  const path = typeof what === 'object' && what !== null ? what.scriptPath : undefined;
  if (typeof what !== 'string' && typeof path !== 'string')
    throw fault('throw', 'workflow takes the name of a script, or { scriptPath }', { name: 'TypeError', stack });
  if (setup.isChild) throw fault('throw', 'a script that another one called may not call a third', { stack });
  return ask('child', { ref: typeof what === 'string' ? { name: what } : { scriptPath: path } }, stack, value);
};

const setTimeout = (action, delay) => {
  if (typeof action !== 'function') throw new TypeError('setTimeout takes a function');
  if (timers.size >= setup.timersAtOnce) throw new Error('more than ' + setup.timersAtOnce + ' timers at once');
  const id = ++lastId;
  if (hasEnded) return id;
  timers.set(id, action);
  const ms = Math.min(Math.max(0, Math.trunc(Number(delay)) || 0), 2 ** 31 - 1);
  host('timer', stringify({ id, ms }));
  return id;
};
const clearTimeout = (id) => {
  if (timers.delete(id)) host('clear', stringify({ id }));
};
`;
