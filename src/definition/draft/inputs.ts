import type { JsonValue } from '../../domain/json.ts';
import { inputSchema } from '../schema/schema-inputs.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { resolveDeclared, type ReadDeclaration, type ResolvedInputs } from './resolve-inputs.ts';

/** Checks what was given against what a definition declares, as {@link resolveDeclared} does. */
export function resolveInputs(
  document: SourceDocument,
  given: Readonly<Record<string, JsonValue>>,
  later: readonly string[] = [],
): ResolvedInputs {
  return resolveDeclared(document, readDeclaration, given, later);
}

// What is wrong with a declaration itself is reported by the schema.
const readDeclaration: ReadDeclaration = (declared) => inputSchema.safeParse(declared).data;
