const thisMachine =
  /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/i;

/** Whether a host, in the form in which `URL` has it, is this machine: no proxy is a way to it. */
export function isLoopback(host: string): boolean {
  return thisMachine.test(host);
}
