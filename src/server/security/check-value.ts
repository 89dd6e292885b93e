import { isDeeperThan } from '../../domain/source/is-deeper.ts';
import { ProblemError } from '../problem.ts';

/**
 * How deep values of a body may stand in each other.
 *
 * @internal
 */
export const maxBodyDepth = 64;

/** Refuses what no route takes: values that stand too deep in each other, and texts with half a character, which no UTF-8 has. */
export function checkValue(value: unknown): void {
  if (isDeeperThan(value, maxBodyDepth)) {
    throw new ProblemError(400, {
      code: 'too-deep',
      detail: `values of a body stand at most ${maxBodyDepth} deep in each other.`,
    });
  }
  const broken = brokenText(value);
  if (broken === null) return;
  const detail = 'a text has half of a character: a surrogate without its other half.';
  throw new ProblemError(422, { code: 'invalid', detail, errors: [{ pointer: broken, detail }] });
}

/** Where a text, or a key, is that cannot be kept as it is, as a pointer; null: nowhere. */
function brokenText(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : '';
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    if (!key.isWellFormed()) return '';
    const below = brokenText(each);
    if (below !== null) return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${below}`;
  }
  return null;
}
