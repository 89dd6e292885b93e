/** Whether a name is that of a time zone, as IANA has them. An offset is none: `+05:30` means one thing to ISO and the opposite to POSIX. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || !/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
