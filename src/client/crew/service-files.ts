import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../host/json-file.ts';
import { livingNotes, writeNote, type ProcessNote } from './process-notes.ts';

/** A service of this home that answers over HTTP. */
export interface LocalService extends ProcessNote {
  /** Which command it is. */
  by: 'dev' | 'serve';
  /** Where this machine reaches it: `http://127.0.0.1:7450`. */
  url: string;
}

/** Notes that this process serves there. @returns what takes the note away */
export function noteService(home: string, service: Pick<LocalService, 'by' | 'url'>): Promise<() => void> {
  return writeNote(home, 'services', service);
}

/** The services of this home that are alive; notes of dead ones are swept away. */
export function localServices(home: string): Promise<LocalService[]> {
  return livingNotes<LocalService>(
    home,
    'services',
    ({ by, url }) => ['dev', 'serve'].includes(by) && URL.canParse(url) && new URL(url).protocol === 'http:',
  );
}

/** The port that the service of a home had before, so that pages which are open find it again; null: none is kept. */
export function keptPort(home: string): number | null {
  const { port } = (readJsonFile(portFile(home)) ?? {}) as { port?: unknown };
  return Number.isInteger(port) && (port as number) > 0 && (port as number) <= 65_535 ? (port as number) : null;
}

/** Keeps where the service of a home listens, for when it comes back. */
export function keepPort(home: string, port: number): void {
  writeJsonFile(portFile(home), { port });
}

function portFile(home: string): string {
  return join(home, 'service.json');
}
