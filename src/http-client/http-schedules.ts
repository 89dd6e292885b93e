import type { ScheduleEntry, Schedules } from '../client/schedules/schedules.ts';
import { pathPart } from './run-path.ts';
import { toStartBody } from './start-body.ts';
import type { Transport } from './transport.ts';

/** Schedules of a service. */
export function createSchedules(transport: Transport): Schedules {
  const post = async <Answer>(path: string, body: object): Promise<Answer> =>
    (await transport.json<Answer>({ method: 'POST', path, body })).answer;
  const at = (name: string): string => `/api/schedules/${pathPart(name)}`;
  return {
    add: async (options) => post<ScheduleEntry>('/api/schedules', toStartBody(options)),
    list: async () =>
      (await transport.json<{ schedules: ScheduleEntry[] }>({ path: '/api/schedules' })).answer.schedules,
    find: async (name) => (await transport.json<ScheduleEntry>({ path: at(name) })).answer,
    pause: async (name, note) => void (await post(`${at(name)}/pause`, { note })),
    resume: async (name, note) => void (await post(`${at(name)}/resume`, { note })),
    trigger: async (name) => (await post<{ runId: string }>(`${at(name)}/trigger`, {})).runId,
    remove: async (name) => void (await transport.json({ method: 'DELETE', path: at(name) })),
  };
}
