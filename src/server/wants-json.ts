/** Whether an Accept asks for JSON, and for no stream of events: case does not count, and what has `q=0` is not wanted. */
export function wantsJson(accept: string | undefined): boolean {
  const wanted = (accept ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.split(';').map((part) => part.trim()))
    .filter(([, ...parameters]) => !parameters.some((each) => /^q\s*=\s*0(?:\.0*)?$/.test(each)))
    .map(([type]) => type);
  return wanted.includes('application/json') && !wanted.includes('text/event-stream');
}
