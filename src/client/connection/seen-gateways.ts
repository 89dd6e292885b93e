import type { GatewaySeen } from '../../store/gateway/gateways.ts';

/** The gateways that work on a database, wherever they run; none where our tables are still to come. @throws StoreError */
export async function seenGateways(databaseUrl: string): Promise<GatewaySeen[]> {
  const [{ openDatabase }, { listGateways }] = await Promise.all([
    import('../../store/database/database.ts'),
    import('../../store/gateway/gateways.ts'),
  ]);
  const database = openDatabase(databaseUrl, { maxConnections: 1 });
  try {
    return await listGateways(database);
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return [];
    throw error;
  } finally {
    await database.close();
  }
}
