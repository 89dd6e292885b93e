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
