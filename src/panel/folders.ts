import type { File } from '../wire';

/** The files below one folder of the project. */
export interface FolderFiles {
  folder: string;
  files: File[];
}

/** Files in groups: those at the top of the project, and those of each folder there, in their order. */
export function groupByFolder(files: readonly File[]): { topFiles: File[]; folders: FolderFiles[] } {
  const topFiles: File[] = [];
  const filesByFolder = new Map<string, File[]>();
  for (const file of files) {
    const end = file.path.indexOf('/');
    if (end <= 0) {
      topFiles.push(file);
    } else {
      const folder = file.path.slice(0, end);
      filesByFolder.set(folder, [...(filesByFolder.get(folder) ?? []), file]);
    }
  }
  return { topFiles, folders: [...filesByFolder].map(([folder, inFolder]) => ({ folder, files: inFolder })) };
}
