import { markOf } from '../../../ui/status.tsx';

const names = [
  ...([
    'bg',
    'surface',
    'sunken',
    'raised',
    'hover',
    'selected',
    'line',
    'line-strong',
    'text',
    'muted',
    'accent',
  ] as const),
  ...(['good', 'bad', 'warn', 'info', 'idle', 'good-soft', 'bad-soft', 'warn-soft', 'info-soft', 'focus'] as const),
];

/** The colours of the page as a canvas takes them. */
export type Colours = Readonly<Record<(typeof names)[number], string>>;

/** Reads the colours that hold where an element stands: tokens say light and dark at once, only a resolved colour is one. */
export function readColours(within: HTMLElement): Colours {
  const probe = document.createElement('span');
  within.append(probe);
  const entries = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Colours;
}

/** Tells when the page becomes light or dark. @returns what ends it */
export function onColoursChange(listener: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  query.addEventListener('change', listener);
  return () => {
    observer.disconnect();
    query.removeEventListener('change', listener);
  };
}

const shapes = new Map<string, Path2D>();

/** Colour, soft colour and shape of a state: the same as everywhere on the page. */
export function lookOf(status: string, colours: Colours): { colour: string; soft: string; shape: Path2D } {
  const { tone, shape } = markOf(status);
  let path = shapes.get(shape);
  if (!path) shapes.set(shape, (path = new Path2D(shape)));
  return { colour: colours[tone], soft: tone === 'idle' ? colours.sunken : colours[`${tone}-soft`], shape: path };
}
