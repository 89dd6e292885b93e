import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { JsonValue } from '../../domain/json.ts';
import { isJsonObject } from '../source/source-document.ts';

/** One file of a template that comes from elsewhere; its path has slashes and is relative. */
export interface TemplatePart {
  path: string;
  content: string;
}

/** Where a template came from, as it was noted when it was added. */
export interface AddedRecord {
  source: string;
  /** Full name of the commit; null: it was a file or a folder. */
  commit: string | null;
  /** Of all of its files, see {@link hashOfParts}. */
  hash: string;
  /** ISO 8601. */
  at: string;
  files: string[];
}

/** What a template's record is called in its folder. */
export const recordName = 'added.json';

/** sha256 over the paths and contents of files, whatever their order. */
export function hashOfParts(parts: readonly TemplatePart[]): string {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  return sha256(JSON.stringify(parts.map(({ path, content }) => [path, sha256(content)]).sort(byPath)));
}

/** The record of a template that was added, and whether its files are still what they were then; null: it was not added. */
export function readAdded(file: string): (AddedRecord & { isChanged: boolean }) | null {
  const folder = dirname(file);
  const record = readRecord(join(folder, recordName));
  if (record === null || !record.files.includes(basename(file))) return null;
  const parts = record.files
    .filter((path) => existsSync(join(folder, path)))
    .map((path) => ({ path, content: readFileSync(join(folder, path), 'utf8') }));
  return { ...record, isChanged: hashOfParts(parts) !== record.hash };
}

function readRecord(file: string): AddedRecord | null {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
    if (!isJsonObject(value)) return null;
    const { source, commit, hash, at, files } = value;
    const isWhole = [source, hash, at].every((each) => typeof each === 'string') && Array.isArray(files);
    const isInside = (path: JsonValue): boolean => typeof path === 'string' && !/(?:^|\/)\.\.?(?:\/|$)|^\//.test(path);
    if (!isWhole || !files.every(isInside)) return null;
    return { source, commit: typeof commit === 'string' ? commit : null, hash, at, files } as AddedRecord;
  } catch {
    return null;
  }
}

function byPath([a]: string[], [b]: string[]): number {
  return a! < b! ? -1 : 1;
}
