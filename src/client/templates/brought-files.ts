/*
 * Files of a template that somebody else wrote. They are text to look at, nothing more:
 * B1 Only what a template is made of is taken: workflow files, and agents' files. Code is not.
 * B2 A link is no file: where one would be taken, all is refused.
 * B3 Names are plain, and size and number have bounds, before anything is read.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';
import type { TemplatePart } from '../../definition/templates/added-template.ts';

/** What a source holds. */
export interface Brought {
  /** As people are told it. */
  source: string;
  commit: string | null;
  /** What a template that names itself nowhere is called. */
  name: string;
  files: TemplatePart[];
  /** How many other files it has. */
  leftOut: number;
}

const mostFiles = 300;
const mostBytes = 4 * 1024 * 1024;
const mostBytesOfOne = 256 * 1024;
const mostEntries = 5000;
const deepest = 6;

const folder = String.raw`(?:[A-Za-z0-9][\w-]{0,63}\/)`;
// B1
const wanted = new RegExp(
  String.raw`^(?:templates\/)?(?:${folder}?(?:workflow|template)\.yaml|[A-Za-z0-9][\w-]{0,63}\.(?:ya?ml|json)|${folder}?agents\/(?:[A-Za-z0-9_][\w.-]{0,99}\/){0,3}[A-Za-z0-9_][\w.-]{0,99}\.(?:md|ya?ml))$`,
);

/** A file or a link that a source lists. */
export interface Listed {
  path: string;
  kind: 'file' | 'link' | 'other';
  bytes: number;
}

/** Those of a source's files that are taken. @throws UsageError when they are too many or too large, or one is a link */
export function wantedOf(listed: readonly Listed[]): Listed[] {
  const link = listed.find(({ path, kind }) => kind === 'link' && isInTheWay(path)); // B2
  if (link) throw new UsageError(`${safeLine(link.path)} is a link: a template is made of files only.`);
  const taken = listed.filter(({ path, kind }) => kind === 'file' && wanted.test(path));
  if (taken.length > mostFiles) throw new UsageError(`it has more than ${mostFiles} files for templates.`);
  const large = taken.find(({ bytes }) => bytes > mostBytesOfOne); // B3
  if (large) throw new UsageError(`${safeLine(large.path)} is larger than ${mostBytesOfOne / 1024} KB.`);
  const total = taken.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > mostBytes) throw new UsageError(`its files are larger than ${mostBytes / 1024 / 1024} MB together.`);
  return taken;
}

/** What a file or a folder of this machine holds. @throws UsageError when it is neither, or breaks a bound */
export function readHere(path: string): Brought {
  const about = lstatSync(path);
  if (about.isSymbolicLink()) throw new UsageError(`${path} is a link: name the file or folder itself.`);
  const name = basename(path).replace(/\.(?:ya?ml|json)$/i, '');
  if (about.isFile()) {
    const [only] = wantedOf([{ path: basename(path), kind: 'file', bytes: about.size }]);
    if (!only) throw new UsageError(`${path} is no workflow file (NAME.yaml, .yml or .json).`);
    const files = [{ path: only.path, content: readFileSync(path, 'utf8') }];
    return { source: path, commit: null, name, files, leftOut: 0 };
  }
  if (!about.isDirectory()) throw new UsageError(`${path} is neither a file nor a folder.`);
  const listed = listFolder(path);
  const files = wantedOf(listed).map((each) => ({
    path: each.path,
    content: readFileSync(join(path, each.path), 'utf8'),
  }));
  return { source: path, commit: null, name, files, leftOut: listed.length - files.length };
}

function isInTheWay(path: string): boolean {
  return wanted.test(path) || /(?:^|\/)(?:agents|templates)(?:\/|$)/.test(path);
}

function listFolder(root: string): Listed[] {
  const found: Listed[] = [];
  const folders = [''];
  for (const inner of folders) {
    for (const { name } of readdirSync(join(root, inner), { withFileTypes: true })) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = inner === '' ? name : `${inner}/${name}`;
      const about = lstatSync(join(root, path));
      if (about.isDirectory()) {
        if (path.split('/').length < deepest) folders.push(path);
      } else
        found.push({
          path,
          kind: about.isSymbolicLink() ? 'link' : about.isFile() ? 'file' : 'other',
          bytes: about.size,
        });
      if (found.length + folders.length > mostEntries)
        throw new UsageError(`${root} has more than ${mostEntries} files: name the folder of the template.`);
    }
  }
  return found;
}
