/** A connection or an open transaction: what repositories and quick tools write through. */
export interface Sql {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** What begins transactions of its own, too. */
export interface Transactor extends Sql {
  /** Runs `work` in one transaction; rolled back when it throws. */
  transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
}
