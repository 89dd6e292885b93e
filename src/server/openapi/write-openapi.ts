import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../app.ts';

// Run by `npm run schema`; the file is committed, and a test says whether it is current.
const file = new URL('../../../schema/openapi.json', import.meta.url);
writeFileSync(fileURLToPath(file), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
