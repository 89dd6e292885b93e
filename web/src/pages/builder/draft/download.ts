/** Gives a text to the browser as a file. */
export function download(path: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = path.split('/').at(-1) ?? 'workflow.yaml';
  link.click();
  URL.revokeObjectURL(url);
}
