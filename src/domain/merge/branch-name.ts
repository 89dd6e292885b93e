const prefix = 'refs/heads/';

/** A branch as git takes it, without `refs/heads/`; null: git has no branches of that name. As `git check-ref-format --branch` sees it. */
export function toBranchName(text: string): string | null {
  const name = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  const parts = name.split('/');
  // oxlint-disable-next-line no-control-regex -- these are what git refuses
  const hasForbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name);
  const isOdd = parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  if (hasForbidden || isOdd || name.endsWith('.') || name.startsWith('-') || ['@', 'HEAD'].includes(name)) return null;
  return name.startsWith('refs/') ? null : name;
}
