import type { Database } from '../database/database.ts';
import { DeltaEar } from './delta-ear.ts';
import { DeltaMouth } from './delta-mouth.ts';
import type { Deltas } from './deltas.ts';

/** The deltas of one process. */
export function createDeltas(database: Database): Deltas {
  const mouth = new DeltaMouth(database);
  const ear = new DeltaEar(database);
  return {
    speak: (runNo, call) => mouth.speak(runNo, call),
    hear: (runKey, hearer, onDeaf) => ear.hear(runKey, hearer, onDeaf),
    async close() {
      mouth.close();
      await ear.close();
    },
  };
}
