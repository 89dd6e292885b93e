/** Which migrations a database has, and how many are still to come; changes nothing. @throws StoreError */
export async function inspectDatabase(url: string): Promise<{ applied: number; pending: number }> {
  const { inspectStore } = await import('../../store/database/inspect.ts');
  return inspectStore(url);
}
