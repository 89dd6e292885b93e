import { z } from 'zod';
import { projectSchema } from './project-schema.ts';
import { workflowSchema } from './schema.ts';

const eitherForm = { anyOf: [{ required: ['phases'] }, { required: ['tasks'] }] };

/** The JSON Schema (draft-7) of workflow files, for editors, as the text of schema/workflow.schema.json. */
export function workflowJsonSchema(): string {
  const schema = z.toJSONSchema(workflowSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ title: 'Gaffer workflow', ...schema, ...eitherForm }, null, 2)}\n`;
}

/** The same of project files, as the text of schema/project.schema.json. */
export function projectJsonSchema(): string {
  const schema = z.toJSONSchema(projectSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ title: 'Gaffer project', ...schema }, null, 2)}\n`;
}
