import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workflowJsonSchema } from './json-schema.ts';

// Run by `npm run schema`; the file is committed, and a test says whether it is current.
writeFileSync(fileURLToPath(new URL('../../../schema/workflow.schema.json', import.meta.url)), workflowJsonSchema());
