import { afterAll, beforeAll } from 'vitest';
import { openStore, type WorkerStore } from '../../../src/store/open-store.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A database of a test file's own, and the store on it. */
export interface TestStore {
  database: TestDatabase;
  store: WorkerStore;
}

/** Opens one before the tests of the file (or of the `describe` around), hands it over, and drops it after them. */
export function useTestStore(given: (opened: TestStore) => void): void {
  let opened: TestStore;
  beforeAll(async () => {
    const database = await createTestDatabase();
    opened = { database, store: await openStore(database.url) };
    given(opened);
  });
  afterAll(async () => {
    await opened.store.close();
    await opened.database.close();
  });
}
