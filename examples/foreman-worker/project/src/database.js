/**
 * A database that lives in memory and counts the queries it answers, so that a test can tell a slow program from a quick one.
 */
export class Database {
  #tables = new Map();
  /** Queries answered so far. */
  queryCount = 0;

  /** Adds a row, or replaces the one with the same id. */
  save(table, row) {
    this.queryCount += 1;
    this.#rows(table).set(row.id, { ...row });
  }

  /** Every row of a table for which `matches` holds, in the order they were first saved. */
  find(table, matches = () => true) {
    this.queryCount += 1;
    return [...this.#rows(table).values()].filter(matches).map((row) => ({ ...row }));
  }

  /** The row with that id, or undefined. */
  findById(table, id) {
    this.queryCount += 1;
    const row = this.#rows(table).get(id);
    return row && { ...row };
  }

  /** The rows with those ids, in one query. */
  findByIds(table, ids) {
    this.queryCount += 1;
    const rows = this.#rows(table);
    return [...new Set(ids)].flatMap((id) => (rows.has(id) ? [{ ...rows.get(id) }] : []));
  }

  remove(table, id) {
    this.queryCount += 1;
    this.#rows(table).delete(id);
  }

  #rows(table) {
    if (!this.#tables.has(table)) this.#tables.set(table, new Map());
    return this.#tables.get(table);
  }
}
