/** Where somebody else's link may lead: an address of http or https; null: it may not, or it is none. */
export function safeAddress(href: string): URL | null {
  // A browser takes white space and control characters out of an address, and so would see another one than was looked at.
  if (/[\s\p{Cc}\p{Cf}]/u.test(href)) return null;
  if (!/^https?:\/\//i.test(href)) return null;
  try {
    const url = new URL(href);
    // A name before the host looks like the host.
    return url.username === '' && url.password === '' ? url : null;
  } catch {
    return null;
  }
}
