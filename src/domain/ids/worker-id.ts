import { toInstance } from './execution-id.ts';

/** An agent that works for another worker: it undoes what that one did, or helps it, as the run's `number`th helper. See execution-id.ts. */
export type Helper = { kind: 'undo'; of: string } | { kind: 'help'; number: number; of: string };

/** How the id of whoever undoes something begins. */
export const undoMark = 'undo:';

/** Id of an agent that undoes or helps. */
export function toHelperId(helper: Helper): string {
  return helper.kind === 'undo' ? `${undoMark}${helper.of}` : `help:${helper.number}:${helper.of}`;
}

/** Id of whoever sums up a part of a worker's conversation: its helper of number 0, which a run gives to nobody else. */
export function toSummariserId(of: string): string {
  return toHelperId({ kind: 'help', number: 0, of });
}

/** The worker whose conversation is summed up; any other id as it is. */
export function summedUpBy(id: string): string {
  const helper = parseHelperId(id);
  return helper?.kind === 'help' && helper.number === 0 ? helper.of : id;
}

/** What an agent does that undoes or helps, and for whom; null: it is no such agent's id. */
export function parseHelperId(id: string): Helper | null {
  if (id.startsWith(undoMark))
    return id.length > undoMark.length ? { kind: 'undo', of: id.slice(undoMark.length) } : null;
  const [, number, of] = /^help:(0|[1-9]\d{0,14}):([^]+)$/.exec(id) ?? [];
  return of === undefined ? null : { kind: 'help', number: Number(number), of };
}

/** Whether the id is that of an agent that undoes a task or helps with it. */
export function isHelper(id: string): boolean {
  return parseHelperId(id) !== null;
}

/** Whether what a worker does, or a step of it, belongs to an undo: it undoes, or helps whoever does. */
export function isUndoing(id: string): boolean {
  const helper = parseHelperId(id);
  return helper !== null && (helper.kind === 'undo' || isUndoing(helper.of));
}

/** The execution that an agent works for which undoes or helps; any other id as it is. */
export function ownerOf(id: string): string {
  const helper = parseHelperId(id);
  return helper === null ? id : ownerOf(helper.of);
}

/** Id of the task in the plan that turns work for: of `build[2]#3`, `undo:build[2]` and `help:1:build` it is `build`. */
export function planTaskId(id: string): string {
  return toInstance(ownerOf(id)).task;
}
