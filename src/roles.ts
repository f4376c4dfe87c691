/** Roles are cell tags: the plain word, or the word with our prefix. Nothing here knows JupyterLab. */

const PREFIX = 'nbexport:';

/** The roles that tags say, in the order of the known ones. */
export function rolesOf(tags: unknown, known: readonly string[]): string[] {
  const words = Array.isArray(tags) ? tags.map(String) : [];
  return known.filter(role => words.includes(role) || words.includes(PREFIX + role));
}

/** Tags that say one role more or one less; other tags stay. */
export function withRole(tags: unknown, role: string, on: boolean): string[] {
  const words = Array.isArray(tags) ? tags.map(String) : [];
  const others = words.filter(word => word !== role && word !== PREFIX + role);
  return on ? [...others, role] : others;
}

/** Tags with those of a proposal added. */
export function withTags(tags: unknown, added: readonly string[]): string[] {
  const words = Array.isArray(tags) ? tags.map(String) : [];
  return [...words, ...added.filter(word => !words.includes(word))];
}

/** Where a notebook is exported to: `{name}` and `{folder}` in the pattern stand for its own. */
export function outputFor(path: string, pattern: string): string {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.ipynb$/, '') || 'project';
  const folder = parts.join('/');
  const made = (pattern || '{folder}/{name}').replace('{name}', name).replace('{folder}', folder);
  return made.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
}
