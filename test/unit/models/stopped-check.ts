/*
 * Checks an answer against a schema that takes a moment, far below its limit of CPU on slow machines too, and prints what is wrong with it.
 * Its parent stops it meanwhile.
 */
import { checkOutput } from '../../../src/models/check-output.ts';

process.stdout.write('begins\n');
process.stdout.write(`${checkOutput({ type: 'string', not: { pattern: '^(a+)+$' } }, `"${'a'.repeat(24)}b"`)}\n`);
