// Twelve states of the dashboard: where each is, and what is done before the picture is taken.
const seen = (text) => (page) => page.getByText(text).first().waitFor();

export const states = [
  { name: 'home', path: '/', prepare: seen('release-140'), inDocs: 'wide-light' },
  { name: 'runs', path: '/runs', prepare: seen('release-140'), inDocs: 'wide-dark' },
  { name: 'run-waiting', path: '/runs/release-140?task=publish', prepare: seen('publish'), inDocs: 'wide-light' },
  { name: 'run-graph', path: '/runs/parts-2', prepare: seen('succeeded') },
  {
    name: 'run-timeline',
    path: '/runs/review-88?view=timeline',
    prepare: seen('review-summary'),
    inDocs: 'wide-light',
  },
  { name: 'run-failed', path: '/runs/import-17?task=import', prepare: seen('import') },
  { name: 'approvals', path: '/approvals', prepare: seen('release-140') },
  { name: 'compare', path: '/compare?run=review-87&run=review-88', prepare: seen('review-88'), inDocs: 'wide-light' },
  { name: 'workflow', path: '/workflows/code-review', prepare: seen('What it will do'), inDocs: 'wide-light' },
  { name: 'builder', path: '/builder?template=code-review', prepare: seen('review-summary'), inDocs: 'wide-light' },
  { name: 'agents', path: '/agents/code-reviewer', prepare: seen('code-reviewer') },
  { name: 'usage', path: '/usage', prepare: seen('By workflow') },
];
