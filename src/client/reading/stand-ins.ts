import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { inputSchema, type InputFile, type InputPart } from '../../definition/schema/schema-inputs.ts';

/** Values for inputs that have to be given, so that somebody can see what a workflow would do before he gives them. */
export function standInsFor(declared: JsonObject): JsonObject {
  const needed = Object.entries(declared).flatMap(([name, value]): [string, JsonValue][] => {
    const declaration = inputSchema.safeParse(value).data;
    if (!declaration || declaration.default !== undefined || declaration.required === false) return [];
    return [[name, standInOf(name, declaration)]];
  });
  return Object.fromEntries(needed);
}

function standInOf(name: string, declaration: InputFile): JsonValue {
  const { type = 'string', items = {}, min_items: least = 0, max_items: most = 1 } = declaration;
  if (type === 'object') return {};
  if (type !== 'array') return plainOf(name, { ...declaration, type });
  return Array.from({ length: Math.max(least, Math.min(1, most)) }, () => plainOf(name, items));
}

function plainOf(name: string, { type = 'string', enum: allowed, ...bounds }: InputPart): JsonValue {
  if (allowed) return allowed[0]!;
  if (type === 'boolean') return false;
  const { minimum = 1, maximum = Infinity, min_length: least = 0, max_length: most = Infinity } = bounds;
  if (type !== 'string') return Math.min(type === 'integer' ? Math.ceil(minimum) : minimum, maximum);
  return `<${name}>`.padEnd(least, '.').slice(0, most);
}
