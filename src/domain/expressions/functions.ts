import type { Work } from './work.ts';
import { ExpressionError } from './work.ts';
import type { Value } from './values.ts';
import { checkedInt, isEqual, isList, isMap, kindOf, made, takenFrom } from './values.ts';

/** What a function may use besides its arguments. */
export interface CallContext {
  work: Work;
  offset: number;
}

/** A function of the language: how many arguments it takes (a method's receiver is the first), and what it does. */
interface CelFunction {
  arity: readonly number[];
  call: (args: readonly Value[], context: CallContext) => Value;
}

// Regular expressions, time and bytes are left out on purpose: they run without bound, read the machine's zone, or have no place in JSON.

/** Functions that are called as `name(x)`. */
export const functions: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['size', { arity: [1], call: ([value], context) => sizeOf(value!, context) }],
  ['string', { arity: [1], call: ([value], { offset }) => toText(value!, offset) }],
  ['int', { arity: [1], call: ([value], { offset }) => toInt(value!, offset) }],
  ['double', { arity: [1], call: ([value], { offset }) => toDouble(value!, offset) }],
  ['bool', { arity: [1], call: ([value], { offset }) => toBool(value!, offset) }],
  ['dyn', { arity: [1], call: ([value]) => value! }],
]);

/** Functions that are called as `x.name(…)`. */
export const methods: ReadonlyMap<string, CelFunction> = new Map<string, CelFunction>([
  ['size', { arity: [1], call: ([value], context) => sizeOf(value!, context) }],
  ['contains', onText(2, ([text, part]) => text!.includes(part!))],
  ['startsWith', onText(2, ([text, part]) => text!.startsWith(part!))],
  ['endsWith', onText(2, ([text, part]) => text!.endsWith(part!))],
  ['trim', onText(1, ([text]) => text!.trim())],
  ['lowerAscii', onText(1, ([text]) => text!.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()))],
  ['upperAscii', onText(1, ([text]) => text!.replace(/[a-z]+/g, (letters) => letters.toUpperCase()))],
  ['indexOf', onText(2, ([text, part]) => pointIndex(text!, text!.indexOf(part!)))],
  ['lastIndexOf', onText(2, ([text, part]) => pointIndex(text!, text!.lastIndexOf(part!)))],
  ['substring', { arity: [2, 3], call: substring }],
  ['split', { arity: [2], call: split }],
  ['join', { arity: [1, 2], call: join }],
]);

function onText(arity: number, call: (texts: readonly string[]) => Value): CelFunction {
  return {
    arity: [arity],
    call: (args, context) => {
      const texts = args.map((value) => textOf(value, context));
      return call(texts);
    },
  };
}

function textOf(value: Value, { work, offset }: CallContext): string {
  if (typeof value !== 'string')
    throw new ExpressionError(`a string is needed here, but this is ${kindOf(value)}`, offset);
  work.spendText(value.length, offset);
  return value;
}

/** Characters of a text, entries of a list or map; nothing (null) has none. */
function sizeOf(value: Value, context: CallContext): bigint {
  if (value === null) return 0n;
  if (typeof value === 'string') return BigInt(points(value, context).length);
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) {
    const keys = Object.keys(value).length;
    context.work.spend(keys, context.offset);
    return BigInt(keys);
  }
  throw new ExpressionError(`size() of ${kindOf(value)}`, context.offset);
}

/** Characters, not halves of them: a half cannot be kept. */
function points(text: string, { work, offset }: CallContext): string[] {
  work.spend(text.length / 10, offset);
  return Array.from(text);
}

function pointIndex(text: string, index: number): bigint {
  return BigInt(index <= 0 ? index : Array.from(text.slice(0, index)).length);
}

function substring(args: readonly Value[], context: CallContext): Value {
  const characters = points(textOf(args[0]!, context), context);
  const [start, end = BigInt(characters.length)] = args.slice(1);
  const isGood =
    typeof start === 'bigint' && typeof end === 'bigint' && start >= 0n && start <= end && end <= characters.length;
  if (!isGood) throw new ExpressionError('substring() needs positions inside of the text', context.offset);
  return characters.slice(Number(start), Number(end)).join('');
}

function split(args: readonly Value[], context: CallContext): Value {
  const [text, separator] = args.map((value) => textOf(value, context));
  if (separator === '') return points(text!, context);
  const parts = text!.split(separator!, context.work.left + 1);
  context.work.spend(parts.length, context.offset);
  return parts;
}

function join(args: readonly Value[], context: CallContext): Value {
  const [list, separator = ''] = args;
  if (!isList(list!)) throw new ExpressionError(`join() needs a list, but this is ${kindOf(list!)}`, context.offset);
  const between = textOf(separator, context);
  let length = 0;
  for (const item of list) {
    if (typeof item !== 'string')
      throw new ExpressionError(`join() needs strings, but the list has ${kindOf(item)}`, context.offset);
    length += item.length + between.length;
    context.work.spend(1, context.offset);
  }
  context.work.spendText(length, context.offset);
  return (list as readonly string[]).join(between);
}

function toText(value: Value, offset: number): string {
  if (value === null || typeof value === 'object') throw new ExpressionError(`string() of ${kindOf(value)}`, offset);
  return String(value);
}

function toInt(value: Value, offset: number): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return checkedInt(BigInt(Math.trunc(value)), offset);
  if (typeof value === 'string' && /^[-+]?\d{1,19}$/.test(value))
    return checkedInt(BigInt(value.replace('+', '')), offset);
  throw new ExpressionError(`int() of ${kindOf(value)} that is no whole number`, offset);
}

function toDouble(value: Value, offset: number): number {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value === 'string' && /^[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,3})?$/.test(value))
    return Number(value);
  throw new ExpressionError(`double() of ${kindOf(value)} that is no number`, offset);
}

function toBool(value: Value, offset: number): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new ExpressionError(`bool() of ${kindOf(value)}`, offset);
}

/** `a in b`: an element of a list, a key of a map; nothing is in null. */
export function isIn(item: Value, container: Value, context: CallContext): boolean {
  if (container === null) return false;
  if (isList(container)) return container.some((other) => isEqual(item, other, context));
  if (isMap(container))
    return (typeof item === 'string' || typeof item === 'bigint') && Object.hasOwn(container, String(item));
  throw new ExpressionError(`"in" needs a list or a map, but this is ${kindOf(container)}`, context.offset);
}

/** Arithmetic and order. An int and a double together are doubles; order with null is never true. */
export function applyOperator(operator: string, [a, b]: readonly [Value, Value], context: CallContext): Value {
  const { work, offset } = context;
  const isNumeric = (value: Value): value is bigint | number => typeof value === 'bigint' || typeof value === 'number';
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') {
    if (a === null || b === null) return false;
    if ((isNumeric(a) && isNumeric(b)) || (typeof a === 'string' && typeof b === 'string')) {
      if (typeof a === 'string' && typeof b === 'string') work.spendText(Math.min(a.length, b.length), offset);
      return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b;
    }
  } else if (typeof a === 'bigint' && typeof b === 'bigint') return onInts(operator, [a, b], offset);
  else if (isNumeric(a) && isNumeric(b)) return onDoubles(operator, [Number(a), Number(b)], offset);
  else if (operator === '+' && typeof a === 'string' && typeof b === 'string') {
    work.spendText(a.length + b.length, offset);
    return a + b;
  } else if (operator === '+' && isList(a) && isList(b)) {
    work.spend(a.length + b.length, offset);
    return made([...a.map((item) => takenFrom(a, item, work)), ...b.map((item) => takenFrom(b, item, work))], work);
  }
  throw new ExpressionError(`there is no ${kindOf(a)} ${operator} ${kindOf(b)}`, offset);
}

function onInts(operator: string, [a, b]: readonly [bigint, bigint], offset: number): bigint {
  if (b === 0n && (operator === '/' || operator === '%')) throw new ExpressionError('division by zero', offset);
  const results: Record<string, () => bigint> = {
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '/': () => a / b,
    '%': () => a % b,
  };
  return checkedInt(results[operator]!(), offset);
}

function onDoubles(operator: string, [a, b]: readonly [number, number], offset: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  if (operator === '/') return a / b;
  throw new ExpressionError('% needs whole numbers', offset);
}
