import type { RunEventDraft } from '../../domain/run/run-events.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** A host that a program asked its proxy for, and whether it was let through. */
export interface ProxiedHost {
  host: string;
  port: number;
  allowed: boolean;
}

/** So many are told of a session: a program may try any number of names. */
const mostTold = 100;

/** Which hosts a program asked for in a session, each once. */
export class ProxiedHosts {
  readonly #seen = new Map<string, ProxiedHost>();
  #more = 0;

  note(line: ProxiedHost): void {
    const key = `${line.host}:${line.port}/${line.allowed}`;
    if (this.#seen.has(key)) return;
    if (this.#seen.size < mostTold) this.#seen.set(key, line);
    else this.#more++;
  }

  /** What is told of them; `key`: of the session. */
  events(key: string, taskId: string): RunEventDraft[] {
    const lines = [...this.#seen.values()].map(
      ({ host, port, allowed }) => `${taskId} asked for ${host}:${port}: ${allowed ? 'let through' : 'refused'}`,
    );
    if (this.#more > 0) lines.push(`${taskId} asked for ${this.#more} more hosts`);
    return lines.map((text, at) => ({ key: `proxied/${key}/${at}`, type: 'run:log', text: safeLine(text) }));
  }
}
