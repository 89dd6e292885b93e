/** What can be drawn: strokes on a field of 16 by 16. */
const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5',
  runs: 'M3 4h10M3 8h10M3 12h6',
  approvals: 'M3 8.5 6.5 12 13 4.5',
  workflows: 'M5 4h6M5 12h6M4 6v4M12 6v4M3 2.8h2v2.4H3zM11 2.8h2v2.4h-2zM3 10.8h2v2.4H3zM11 10.8h2v2.4h-2z',
  agents: 'M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM3 13.5c.5-2.4 2.4-3.6 5-3.6s4.5 1.2 5 3.6',
  issues: 'M3 3h3v10H3zM7.5 3h3v6h-3zM12 3h1.5v8H12z',
  schedules: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.5 1.5',
  workers: 'M3 3h10v4H3zM3 9h10v4H3zM5.5 5h.01M5.5 11h.01',
  usage: 'M3 13V9M6.5 13V5M10 13V7.5M13.5 13V3',
  access: 'M5.5 10.5a3 3 0 1 0 0-5 3 3 0 0 0 0 5ZM8.3 8H14M12 8v2.5',
  builder: 'M3 3h4v3H3zM9 10h4v3H9zM5 6v5.5h4M9 4.5h4',
  compare: 'M3 3h4v10H3zM9 3h4v10H9z',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5 14 14',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  close: 'M4 4l8 8M12 4l-8 8',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  check: 'M3 8.5 6.5 12 13 4.5',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  stop: 'M4 4h8v8H4z',
  fork: 'M4.5 5.5v5M11.5 5.5c0 3-7 2-7 5M4.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11.5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5',
  copy: 'M5.5 5.5h7v8h-7zM3.5 10.5v-8h7',
  external: 'M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3 6l5 5 5-5',
  up: 'M3 10l5-5 5 5',
  filter: 'M2.5 3.5h11L9.5 8.5v4l-3-1.5V8.5z',
  message: 'M2.5 3.5h11v7H7l-3 2.5v-2.5H2.5z',
  money:
    'M11 5.2C10.5 4.2 9.4 3.8 8 3.8c-1.7 0-2.8.8-2.8 2S6.3 7.6 8 8s3 .9 3 2.2-1.2 2-3 2c-1.6 0-2.7-.6-3.2-1.7M8 2v12',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5v3.5M8 5h.01',
  keyboard: 'M2 4.5h12v7H2zM4.5 7h.01M7 7h.01M9.5 7h.01M12 7h.01M5 9.5h6',
} as const;

export type IconName = keyof typeof paths;

/** A small drawing that says nothing by itself: words stand beside it, or the button has a label. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      {...{ width: size, height: size, viewBox: '0 0 16 16', fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 }}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
