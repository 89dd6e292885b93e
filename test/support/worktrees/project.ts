import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../base/temp-folder.ts';

const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];

/** Git in a folder, as a person. @returns what it prints */
export function gitAt(folder: string, ...args: string[]): string {
  return execFileSync('git', [...person, '-C', folder, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** Writes files, with their folders. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A repository with a commit: sources, a program, a link, and what it ignores. */
export function newProject(): string {
  const project = join(tempFolder(), 'project');
  mkdirSync(project);
  gitAt(project, 'init', '-q', '-b', 'main');
  writeFiles(project, { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n', 'run.sh': '#!/bin/sh\n', '.gitignore': 'dist\n*.log\n' });
  chmodSync(join(project, 'run.sh'), 0o755);
  symlinkSync('src/a.ts', join(project, 'link'));
  gitAt(project, 'add', '-A');
  gitAt(project, 'commit', '-qm', 'one');
  return project;
}

/** Every file of a folder but git's own, with its kind, its right to run, and what it holds. */
export function bytesOf(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    if (entry.name === '.git') continue;
    const file = join(folder, name);
    if (entry.isDirectory()) Object.assign(found, bytesOf(folder, name));
    else if (entry.isSymbolicLink()) found[name] = `link ${readlinkSync(file)}`;
    else found[name] = `${(lstatSync(file).mode & 0o100) === 0 ? 'file' : 'run'} ${readFileSync(file, 'base64')}`;
  }
  return found;
}
