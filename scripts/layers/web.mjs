// The dashboard runs in a browser: of src/ it may run what runs there, and name types of anything.
const floors = ['domain', 'http-client'];

/** Imports of the dashboard that a browser could not run, and text that would become markup. */
export function webBreaches({ path, source, imports }) {
  const foreign = imports.filter(
    ({ kind, to }) => kind !== 'type' && to?.startsWith('src/') && !floors.includes(to.split('/')[1]),
  );
  const markup = [
    ...source.matchAll(/dangerouslySetInnerHTML|\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write/g),
  ];
  return [
    ...foreign.map(
      ({ line, to }) => `${path}:${line}: web must not import ${to}: of src it runs ${floors.join(' and ')} alone`,
    ),
    ...markup.map(
      ({ index, 0: found }) =>
        `${path}:${source.slice(0, index).split('\n').length}: ${found}: what is said becomes elements and text, never markup`,
    ),
  ];
}
