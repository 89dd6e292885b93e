import { z } from '@hono/zod-openapi';
import { pageHtml, pageIcon, pageScript, pageStyle } from '../page/page-files.ts';
import { route, type Routes } from '../route.ts';

const files = [
  { path: '/', type: 'text/html', content: pageHtml },
  { path: '/page.js', type: 'text/javascript', content: pageScript },
  { path: '/page.css', type: 'text/css', content: pageStyle },
  { path: '/page.svg', type: 'image/svg+xml', content: pageIcon },
] as const;

/** The page: open, as it says nothing until somebody is let in. */
export function addPage(routes: Routes): void {
  for (const { path, type, content } of files) {
    const responses = { 200: { description: 'A file of the page', content: { [type]: { schema: z.string() } } } };
    const described = route({
      method: 'get',
      path,
      scope: 'open',
      tags: ['page'],
      summary: `The page: ${path}`,
      responses,
    });
    routes.openapi(described, (c) => c.body(content, 200, { 'Content-Type': `${type}; charset=utf-8` }));
  }
}
