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
    path: '/runs',
    Page: page(() => import('../pages/runs/page.tsx')),
    nav: { title: 'Runs', icon: 'runs', group: 'work' },
  },
  {
    path: '/approvals',
    Page: page(() => import('../pages/approvals/page.tsx')),
    nav: { title: 'Approvals', icon: 'approvals', group: 'work' },
  },
  { path: '/compare', Page: page(() => import('../pages/compare/page.tsx')) },
  {
    path: '/workflows',
    Page: page(() => import('../pages/workflows/page.tsx')),
    nav: { title: 'Workflows', icon: 'workflows', group: 'make' },
  },
  { path: '/workflows/:id', Page: page(() => import('../pages/workflows/one/page.tsx')) },
  {
    path: '/agents',
    Page: page(() => import('../pages/agents/page.tsx')),
    nav: { title: 'Agents', icon: 'agents', group: 'make' },
  },
  { path: '/agents/:name', Page: page(() => import('../pages/agents/one/page.tsx')) },
  {
    path: '/issues',
    Page: page(() => import('../pages/issues/page.tsx')),
    nav: { title: 'Issues', icon: 'issues', group: 'work' },
  },
  { path: '/issues/:board/:number', Page: page(() => import('../pages/issues/one/page.tsx')) },
  {
    path: '/schedules',
    Page: page(() => import('../pages/schedules/page.tsx')),
    nav: { title: 'Schedules', icon: 'schedules', group: 'run' },
  },
  {
    path: '/workers',
    Page: page(() => import('../pages/workers/page.tsx')),
    nav: { title: 'Workers', icon: 'workers', group: 'run' },
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
  {
    path: '/builder',
    Page: page(() => import('../pages/builder/page.tsx')),
    nav: { title: 'Builder', icon: 'builder', group: 'make' },
  },
];
