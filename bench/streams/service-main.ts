import { openStore } from '../../src/store/open-store.ts';
import { listen } from '../../test/support/server/listening.ts';
import { createStoreApp } from '../../test/support/server/store-app.ts';

// One process of the service, as far as streams go: no Temporal is asked.

const { databaseUrl } = JSON.parse(process.argv[2]!) as { databaseUrl: string };
const store = await openStore(databaseUrl);
// Nobody's key is looked at: what a place among the streams of a key costs is measured with them all the same.
const { app } = createStoreApp(store, {
  timing: { lifeSignMs: 600_000, renewMs: 600_000, patienceMs: 20_000, retryMs: 1000 },
});
const { url } = await listen(app);
process.once('disconnect', () => process.exit(0));
process.send!({ url });
