import type { AgentRegistry } from '../../agents/registry.ts';
import { unknownAgent } from '../draft/agents.ts';
import { nearestHint } from '../../domain/nearest.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** Names in `agents`, `pool` and `tracks`. `ids`: of all tasks. */
export function checkCrew(document: SourceDocument, ids: readonly string[], registry: AgentRegistry): Diagnostic[] {
  const root = isJsonObject(document.value) ? document.value : {};
  const agents = isJsonObject(root['agents']) ? Object.keys(root['agents']) : [];
  const unknown = agents.filter((name) => !registry.agents.has(name));
  return [
    ...unknown.map((name) => unknownAgent(document, name, { path: ['agents', name], registry, on: 'key' })),
    ...checkTracks(document, ids),
    ...checkPool(document),
  ];
}

function checkTracks(document: SourceDocument, ids: readonly string[]): Diagnostic[] {
  const known = new Set(ids);
  const found: Diagnostic[] = [];
  const trackOf = new Map<string, string>();
  for (const [track, tasks] of tracksIn(document)) {
    for (const [index, id] of (Array.isArray(tasks) ? tasks : []).entries()) {
      if (typeof id !== 'string') continue;
      const path = ['tracks', track, index];
      const other = trackOf.get(id);
      trackOf.set(id, track);
      if (!known.has(id)) {
        const message = `there is no task ${quoted(id)}`;
        found.push(document.diagnostic(path, { code: 'unknown-task', message, hint: nearestHint(id, ids) }));
      } else if (other !== undefined && other !== track) {
        const message = `the task ${quoted(id)} is in the track ${quoted(other)} already`;
        found.push(document.diagnostic(path, { code: 'two-tracks', message, hint: 'a task has one track: keep one' }));
      }
    }
  }
  return found;
}

function checkPool(document: SourceDocument): Diagnostic[] {
  const pool = document.valueAt(['pool']);
  const tracks = tracksIn(document).map(([name]) => name);
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const [index, member] of (Array.isArray(pool) ? pool : []).entries()) {
    const { id, track } = isJsonObject(member) ? member : {};
    if (typeof id === 'string' && seen.size === seen.add(id).size) {
      const message = `the id ${quoted(id)} is used twice in the pool`;
      found.push(document.diagnostic(['pool', index, 'id'], { code: 'duplicate-id', message }));
    }
    if (typeof track !== 'string' || tracks.includes(track)) continue;
    const message = `no task is in the track ${quoted(track)}: this member does only tasks that are in none`;
    const what = { code: 'unknown-track', message, hint: nearestHint(track, tracks), severity: 'warning' } as const;
    found.push(document.diagnostic(['pool', index, 'track'], what));
  }
  return found;
}

function tracksIn(document: SourceDocument): [string, unknown][] {
  const tracks = document.valueAt(['tracks']);
  return isJsonObject(tracks) ? Object.entries(tracks) : [];
}
