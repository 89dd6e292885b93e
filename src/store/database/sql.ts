import type { QueryResultRow } from 'pg';

/** A connection or an open transaction: what repositories and quick tools write through. */
export interface Sql {
  query<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}
