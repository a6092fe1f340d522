/**
 * Why a disk operation failed, from whatever was thrown.
 *
 * Owns: reading code and sentence out of an error and its causes. Does not own: what is done about it.
 * Called by: level-key-value, file-log.
 */

/** The innermost code (`ENOSPC`, `LEVEL_LOCKED`, …): wrappers such as "database is not open" say less. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return errorCode(error.cause) ?? (error as NodeJS.ErrnoException).code;
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
