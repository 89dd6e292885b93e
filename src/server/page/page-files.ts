/** What a browser is given at `/`: it swaps the code of the link for a session, and shows that it is let in. */
export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gaffer</title>
<link rel="icon" href="/page.svg">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<main>
<h1>Gaffer</h1>
<p id="state" role="status">Signing in …</p>
<table id="runs" hidden>
<thead><tr><th scope="col">Run</th><th scope="col">Workflow</th><th scope="col">Status</th><th scope="col">Started</th><th scope="col" class="number">USD</th></tr></thead>
<tbody></tbody>
</table>
<p><a href="/openapi.json">The API as an OpenAPI document</a></p>
</main>
</body>
</html>
`;

/** Its program. Everything that a run says is text, never markup. */
export const pageScript = `const state = document.getElementById('state');
const table = document.getElementById('runs');

async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer;
}

async function signIn() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return;
  history.replaceState(null, '', location.pathname);
  await ask('/api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  });
}

function cell(text, className) {
  const td = document.createElement('td');
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function toRow(run) {
  const tr = document.createElement('tr');
  tr.append(
    cell(run.runId),
    cell(run.workflow),
    cell(run.status),
    cell(new Date(run.startedAt).toLocaleString()),
    cell(run.costUsd.toFixed(4), 'number'),
  );
  return tr;
}

async function showRuns() {
  const { runs } = await ask('/api/runs?limit=50');
  table.tBodies[0].replaceChildren(...runs.map(toRow));
  table.hidden = runs.length === 0;
  state.textContent = runs.length === 0 ? 'There are no runs yet: gaffer run workflow.yaml starts one.' : 'The newest runs:';
}

try {
  await signIn();
  await showRuns();
  setInterval(() => showRuns().catch((error) => (state.textContent = error.message)), 5000);
} catch (error) {
  state.textContent = error.message + ' A link that opens this page: gaffer dashboard';
}
`;

/** How it looks. */
export const pageStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 64rem; overflow-x: auto; margin: 0 auto; padding: 2rem 1rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 0; }
`;

/** Its icon. */
export const pageIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#3b6ea5"/><path d="M11 5.5a4 4 0 1 0 .9 3.5H8.5" fill="none" stroke="#fff" stroke-width="1.8"/></svg>
`;
