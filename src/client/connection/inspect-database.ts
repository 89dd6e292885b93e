import type { SchemaState } from '../../store/database/inspect.ts';

/** What a database has of ours, what is still to come, and whether there is room for it; changes nothing. @throws StoreError */
export async function inspectDatabase(url: string): Promise<SchemaState> {
  const { inspectStore } = await import('../../store/database/inspect.ts');
  return inspectStore(url);
}
