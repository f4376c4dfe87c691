const DEFAULT_PATTERN = '{folder}/{name}';

/** The folder that a notebook is exported to: `{name}` and `{folder}` in the pattern stand for its own. */
export function outputFor(path: string, pattern: string): string {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.ipynb$/, '') || 'project';
  const folder = parts.join('/');
  const output = (pattern || DEFAULT_PATTERN).replace('{name}', name).replace('{folder}', folder);
  return output.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
}
