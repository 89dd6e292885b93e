import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { projectJsonSchema, workflowJsonSchema } from './json-schema.ts';
import { outputJsonSchema } from './output-schema.ts';

// Run by `npm run schema`; the files are committed, and tests say whether they are current.
const folder = new URL('../../../schema/', import.meta.url);
writeFileSync(fileURLToPath(new URL('workflow.schema.json', folder)), workflowJsonSchema());
writeFileSync(fileURLToPath(new URL('project.schema.json', folder)), projectJsonSchema());
writeFileSync(fileURLToPath(new URL('output.schema.json', folder)), outputJsonSchema());
