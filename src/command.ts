/** The shell command that exports a notebook, safe to paste whatever the notebook is called. */
export function exportCommand(path: string, level: number): string {
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replace(/'/g, `'\\''`)}'`;
  return `nbexport ${quoted} --level ${level}`;
}
