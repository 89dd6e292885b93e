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
  {
    path: '/schedules',
    Page: page(() => import('../pages/schedules/page.tsx')),
    nav: { title: 'Schedules', icon: 'schedules', group: 'run' },
  },
  {
    path: '/workers',
    Page: page(() => import('../pages/workers/page.tsx')),
    nav: { title: 'Workers and queues', icon: 'workers', group: 'run' },
  },
  {
    path: '/usage',
    Page: page(() => import('../pages/usage/page.tsx')),
    nav: { title: 'Usage', icon: 'usage', group: 'run' },
  },
  {
    path: '/access',
    Page: page(() => import('../pages/access/page.tsx')),
    nav: { title: 'Access', icon: 'access', group: 'run' },
  },
  { path: '/runs/:id', Page: page(() => import('../pages/run/page.tsx')) },
];
