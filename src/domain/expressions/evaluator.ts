import type { ASTNode } from '@marcbachmann/cel-js';
import { applyOperator, functions, isIn, methods } from './functions.ts';
import type { Value, ValueMap } from './values.ts';
import { checkedInt, isEqual, isList, isMap, kindOf, made, takenFrom } from './values.ts';
import type { Work } from './work.ts';
import { ExpressionError, ExpressionTooCostlyError } from './work.ts';

// Rules of this file:
// I1  Only own properties are ever read, and no method of a value is ever called by a name from the source.
// I2  Every node, element and text is paid for (`Work`) before it is made.
// I3  Nothing (null) has no members, no elements, no size and is not true: a skipped task is no error.

/** Names of macros, with how many arguments they take; the first one names the variable. */
export const macros: ReadonlyMap<string, readonly number[]> = new Map([
  ['map', [2, 3]],
  ['filter', [2]],
  ['all', [2]],
  ['exists', [2]],
  ['exists_one', [2]],
]);

/** Variables by name, the innermost first. */
interface Variables {
  name: string;
  value: Value;
  outer: Variables | null;
}

/** Evaluates one syntax tree over one scope. */
export class Evaluator {
  readonly #scope: ValueMap;
  readonly #work: Work;
  /** Short names of ids with hyphens or dots, per object that has them; made on first use. */
  readonly #shortNames = new Map<object, ReadonlyMap<string, readonly string[]>>();

  constructor(scope: ValueMap, work: Work) {
    this.#scope = scope;
    this.#work = work;
  }

  evaluate(node: ASTNode, variables: Variables | null): Value {
    this.#work.spend(1, node.start);
    switch (node.op) {
      case 'value':
        if (typeof node.args !== 'object' || node.args === null) return node.args;
        throw new ExpressionError('bytes and unsigned numbers are not known here', node.start);
      case 'id':
        return this.#variable(node.args, variables, node.start);
      case '.':
        return this.#member(this.evaluate(node.args[0], variables), node.args[1], node);
      case '[]':
        return this.#index(this.evaluate(node.args[0], variables), this.evaluate(node.args[1], variables), node);
      case 'list':
        this.#work.spend(node.args.length, node.start);
        return this.#newList(node.args, variables);
      case 'map':
        return this.#newMap(node.args, variables);
      case '?:':
        return this.evaluate(node.args[this.#isTrue(node.args[0], variables) ? 1 : 2], variables);
      case '&&':
        return this.#decide(node.args, false, variables);
      case '||':
        return this.#decide(node.args, true, variables);
      case '!_':
        return !this.#isTrue(node.args, variables);
      case '-_':
        return this.#negative(node.args, variables);
      case 'call':
        return this.#call(node.args[0], node.args[1], { node, variables });
      case 'rcall':
        return this.#call(node.args[0], [node.args[1], ...node.args[2]], { node, variables, isMethod: true });
      case '.?':
      case '[?]':
        throw new ExpressionError('optional access is not known here', node.start);
      default:
        return this.#binary(node.op, node.args, { node, variables });
    }
  }

  #newList(items: ASTNode[], variables: Variables | null): Value {
    return made(
      items.map((item) => this.evaluate(item, variables)),
      this.#work,
    );
  }

  #variable(name: string, variables: Variables | null, offset: number): Value {
    for (let at = variables; at; at = at.outer) if (at.name === name) return at.value;
    if (Object.hasOwn(this.#scope, name)) return takenFrom(this.#scope, this.#scope[name]!, this.#work);
    throw new ExpressionError(`${name} has no value here`, offset);
  }

  #member(from: Value, name: string, node: ASTNode): Value {
    if (from === null) return null;
    if (!isMap(from)) throw new ExpressionError(`${kindOf(from)} has no member "${name}"`, node.start);
    const key = this.#keyOf(from, name, node.start);
    if (key !== undefined) return takenFrom(from, from[key]!, this.#work);
    // A task that has not ended, or is not part of this run, and a key that nobody has written: nothing.
    if (from === this.#scope['tasks'] || from === this.#scope['state']) return null;
    throw new ExpressionError(`there is no member "${name}"; has() tells whether there is one`, node.start);
  }

  #keyOf(from: ValueMap, name: string, offset: number): string | undefined {
    if (Object.hasOwn(from, name)) return name;
    if (!['tasks', 'inputs', 'state'].some((root) => from === this.#scope[root])) return undefined;
    let names = this.#shortNames.get(from);
    if (!names) {
      names = byShortName(Object.keys(from));
      this.#shortNames.set(from, names);
    }
    const [key, other] = names.get(name) ?? [];
    if (other === undefined) return key;
    throw new ExpressionError(`"${name}" may be "${key}" or "${other}": write ["${key}"]`, offset);
  }

  #index(from: Value, at: Value, node: ASTNode): Value {
    if (from === null) return null;
    if (isMap(from)) {
      if (typeof at === 'string' || typeof at === 'bigint') return this.#member(from, String(at), node);
      throw new ExpressionError(`a map has no key of kind ${kindOf(at)}`, node.start);
    }
    if (!isList(from)) throw new ExpressionError(`${kindOf(from)} cannot be indexed`, node.start);
    const index = typeof at === 'bigint' ? at : typeof at === 'number' && Number.isInteger(at) ? BigInt(at) : -1n;
    const value = index >= 0n && index < from.length ? from[Number(index)] : undefined;
    if (value !== undefined) return takenFrom(from, value, this.#work);
    throw new ExpressionError(
      `the list of ${from.length} has no entry ${isList(at) || isMap(at) ? kindOf(at) : String(at).slice(0, 40)}`,
      node.start,
    );
  }

  #newMap(entries: readonly (readonly [ASTNode, ASTNode])[], variables: Variables | null): Value {
    const map = Object.create(null) as { [key: string]: Value };
    for (const [keyNode, valueNode] of entries) {
      const key = this.evaluate(keyNode, variables);
      if (typeof key !== 'string' && typeof key !== 'bigint' && typeof key !== 'boolean') {
        throw new ExpressionError(`a key cannot be ${kindOf(key)}`, keyNode.start);
      }
      if (key === '__proto__') throw new ExpressionError('a key cannot be called __proto__', keyNode.start);
      map[String(key)] = this.evaluate(valueNode, variables);
    }
    return made(map, this.#work);
  }

  #isTrue(node: ASTNode, variables: Variables | null): boolean {
    const value = this.evaluate(node, variables);
    if (value === null) return false;
    if (typeof value === 'boolean') return value;
    throw new ExpressionError(`a condition must be true or false, but this is ${kindOf(value)}`, node.start);
  }

  /** `&&` and `||`: one side that decides is enough, even when the other has an error. */
  #decide([left, right]: readonly [ASTNode, ASTNode], deciding: boolean, variables: Variables | null): boolean {
    let failure: ExpressionError | null = null;
    for (const node of [left, right]) {
      try {
        if (this.#isTrue(node, variables) === deciding) return deciding;
      } catch (error) {
        if (!(error instanceof ExpressionError) || error instanceof ExpressionTooCostlyError) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !deciding;
  }

  #negative(node: ASTNode, variables: Variables | null): Value {
    const value = this.evaluate(node, variables);
    if (typeof value === 'bigint') return checkedInt(-value, node.start);
    if (typeof value === 'number') return -value;
    throw new ExpressionError(`there is no - ${kindOf(value)}`, node.start);
  }

  #binary(operator: string, args: readonly [ASTNode, ASTNode], { node, variables }: Call): Value {
    const left = this.evaluate(args[0], variables);
    const right = this.evaluate(args[1], variables);
    const context = { work: this.#work, offset: node.start };
    if (operator === '==') return isEqual(left, right, context);
    if (operator === '!=') return !isEqual(left, right, context);
    if (operator === 'in') return isIn(left, right, context);
    return applyOperator(operator, [left, right], context);
  }

  #call(name: string, args: readonly ASTNode[], call: Call): Value {
    const { node, variables, isMethod = false } = call;
    if (isMethod && macros.has(name)) return this.#macro(name, args, call);
    if (!isMethod && name === 'has') return this.#has(args[0]!, variables);
    const known = (isMethod ? methods : functions).get(name);
    if (!known?.arity.includes(args.length)) throw new ExpressionError(`there is no function ${name}()`, node.start);
    const values = args.map((argument) => this.evaluate(argument, variables));
    return known.call(values, { work: this.#work, offset: node.start });
  }

  #has(node: ASTNode, variables: Variables | null): boolean {
    if (node.op !== '.') throw new ExpressionError('has() needs a member, as in has(tasks.a.output.x)', node.start);
    const from = this.evaluate(node.args[0], variables);
    return isMap(from) && this.#keyOf(from, node.args[1], node.start) !== undefined;
  }

  #macro(name: string, [over, variable, ...steps]: readonly ASTNode[], { node, variables }: Call): Value {
    const from = this.evaluate(over!, variables);
    const bound = (value: Value): Variables => ({ name: variable!.args as string, value, outer: variables });
    const items = this.#itemsOf(from, node);
    const [first, second] = steps as [ASTNode, ASTNode | undefined];
    if (name === 'filter' || name === 'map') {
      const test = name === 'filter' || second ? first : null;
      const kept = items.filter((item) => test === null || this.#isTrue(test, bound(item)));
      if (name === 'filter') return made(kept, this.#work);
      return made(
        kept.map((item) => this.evaluate(second ?? first, bound(item))),
        this.#work,
      );
    }
    if (name === 'exists_one') return items.filter((item) => this.#isTrue(first, bound(item))).length === 1;
    return this.#quantify(items.map(bound), first, name === 'exists');
  }

  #quantify(each: readonly Variables[], test: ASTNode, deciding: boolean): boolean {
    let failure: ExpressionError | null = null;
    for (const variables of each) {
      try {
        if (this.#isTrue(test, variables) === deciding) return deciding;
      } catch (error) {
        if (!(error instanceof ExpressionError) || error instanceof ExpressionTooCostlyError) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return !deciding;
  }

  #itemsOf(from: Value, node: ASTNode): Value[] {
    if (from === null) return [];
    if (typeof from !== 'object')
      throw new ExpressionError(`a list or a map is needed here, but this is ${kindOf(from)}`, node.start);
    const items = isList(from) ? from.map((item) => takenFrom(from, item, this.#work)) : Object.keys(from);
    this.#work.spend(items.length, node.start);
    return items;
  }
}

interface Call {
  node: ASTNode;
  variables: Variables | null;
  isMethod?: boolean;
}

/** The name by which an id with hyphens or dots can be written: `build-all` and `build.all` as `build_all`. */
export function toShortName(id: string): string {
  return id.replaceAll(/[-.]/g, '_');
}

/** Names by their short names; more than one: nobody knows which is meant. */
export function byShortName(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const short = toShortName(name);
    const others = found.get(short);
    if (others) others.push(name);
    else found.set(short, [name]);
  }
  return found;
}
