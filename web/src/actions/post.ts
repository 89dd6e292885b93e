import { ask } from '../api/service.ts';

/** Does something by a POST. @throws GafferError in the service's words */
export async function post<Answer>(path: string, body: object): Promise<Answer> {
  return ask<Answer>(path, { method: 'POST', body });
}
