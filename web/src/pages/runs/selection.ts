/** Which rows are chosen, and at which one the keyboard is. */
export interface Selection {
  chosen: ReadonlySet<string>;
  /** The row that keys are about; null: none yet. */
  cursor: string | null;
  /** Where a range began. */
  anchor: string | null;
}

export const nothingChosen: Selection = { chosen: new Set(), cursor: null, anchor: null };

/** The cursor one row up or down, at the ends it stays; with `extends` what it passes is chosen. */
export function moved(selection: Selection, ids: readonly string[], by: 1 | -1, extend = false): Selection {
  if (ids.length === 0) return selection;
  const at = selection.cursor === null ? -1 : ids.indexOf(selection.cursor);
  const to = at === -1 ? (by === 1 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by));
  const cursor = ids[to]!;
  if (!extend) return { ...selection, cursor, anchor: cursor };
  return ranged({ ...selection, anchor: selection.anchor ?? selection.cursor ?? cursor }, ids, cursor);
}

/** One more, or one less. */
export function picked(selection: Selection, id: string): Selection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { chosen, cursor: id, anchor: id };
}

/** All from where the range began to this one, beside what is chosen. */
export function ranged(selection: Selection, ids: readonly string[], to: string): Selection {
  const [a, b] = [ids.indexOf(selection.anchor ?? to), ids.indexOf(to)];
  const range = a === -1 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
  return { chosen: new Set([...selection.chosen, ...range]), cursor: to, anchor: selection.anchor ?? to };
}
