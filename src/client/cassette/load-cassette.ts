import { readFileSync, statSync } from 'node:fs';
import { largestCassette, type Cassette } from '../../domain/cassette/cassette.ts';
import { readCassette } from '../../domain/cassette/read-cassette.ts';
import { UsageError } from '../../domain/errors.ts';

/** A cassette's file. @throws UsageError when it is none */
export function loadCassette(file: string): Cassette {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile())
    throw new UsageError(`there is no file ${file}: \`gaffer export RUN --cassette --out FILE\` writes one.`);
  if (found.size > largestCassette)
    throw new UsageError(`${file} is no cassette: it has more than ${largestCassette / 1e6} MB.`);
  const { cassette, problem } = readCassette(readFileSync(file, 'utf8'));
  if (cassette === null) throw new UsageError(`${file} is no cassette: ${problem}.`);
  return cassette;
}
