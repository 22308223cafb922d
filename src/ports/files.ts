/**
 * Where runs keep what they write. Paths are relative to that directory, with a slash between their parts; the empty one
 * is the directory itself. What fails throws an Error whose `code` is the name of the errno.
 */
export interface Files {
  /** Bytes that can still be written, where there are fewest: beside the database or in the runs' directory. */
  freeBytes(): number
  /** The same place as an absolute path of the server's machine, for whoever else is to use it. */
  absolute(path: string): string
  /**
   * Makes a directory that was not there, and those above it that are missing: EEXIST if anything has its name.
   * `everybody`: whoever can see it may write in it, as programs in containers do, under whatever user they run.
   */
  makeDirectory(path: string, forWhom: 'own' | 'everybody'): Promise<void>
  /** What is directly in a directory, by name; nothing if there is no such directory. */
  list(path: string): Promise<readonly string[]>
  /** The beginning of a file as text, up to so many bytes; undefined if there is no such file. */
  read(path: string, bytesMax: number): Promise<string | undefined>
  /**
   * Removes a file, or a directory with all that is in it; fine if there is nothing. After an error some of it may be
   * left, and may still be going on being removed: nobody should make the same path anew.
   */
  remove(path: string): Promise<void>
}
