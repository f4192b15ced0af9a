/** The folders that a path is in: 'a/b/c' and 'a/b/c/' are in 'a/' and 'a/b/'. */
export function foldersOf(path: string): string[] {
  return Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index + 1)).filter((folder) => folder !== path);
}
