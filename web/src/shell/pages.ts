import { lazy, type ComponentType } from 'react';
import type { IconName } from '../ui/icon.tsx';

/** A page: where it is, and where in the navigation it stands. */
export interface PageEntry {
  path: string;
  Page: ComponentType;
  /** Left out: it is not in the navigation. */
  nav?: { title: string; icon: IconName; group: 'work' | 'make' | 'run' };
}

/** Loads a page when it is opened. */
function page(load: () => Promise<{ Page: ComponentType }>): ComponentType {
  return lazy(async () => ({ default: (await load()).Page }));
}

/** All pages, in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  {
    path: '/',
    Page: page(() => import('../pages/home/page.tsx')),
    nav: { title: 'Home', icon: 'home', group: 'work' },
  },
];
