import type { JsonObject } from '../../domain/json.ts';

/** The team of a feature where no file names one: those that come with the package, one after the other. */
export const usualTeam: JsonObject = {
  agents: [
    { id: 'manager', role: 'team_manager' },
    { id: 'backend-dev', role: 'backend_developer' },
    { id: 'frontend-dev', role: 'frontend_developer' },
    { id: 'qa-tester', role: 'qa_tester' },
  ],
  coordination: { max_parallel: 1 },
};
