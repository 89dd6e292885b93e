import { randomInt } from 'node:crypto';
import { UsageError } from '../../domain/errors.ts';
import { toEvaluationId } from '../../domain/ids/child-id.ts';

/** The given id of a run. @throws UsageError when it cannot be one */
export function checkRunId(id: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,99}$/.test(id)) return id;
  throw new UsageError(
    `\`id\` "${id}" cannot be an id: 1 to 100 letters, digits, dots, hyphens and underscores, the first a letter or digit.`,
  );
}

/** An id for a run: the workflow's name with four random characters. */
export function newRunId(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return withTail(slug || 'run');
}

/** Id of a run that evaluates a run because somebody asks: as often as they like. */
export function newEvaluationId(runId: string): string {
  return withTail(toEvaluationId(runId));
}

function withTail(id: string): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const tail = Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return `${id}-${tail}`;
}
