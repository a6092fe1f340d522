/**
 * The one logger: fields, not sentences; secrets never.
 *
 * Owns: its construction and level. Does not own: what is logged. Called by: create-node, cli.
 */
import { type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;
export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** Writes JSON lines to the file, or to standard error when there is none. */
export function createLogger(level: LogLevel, file?: string): Logger {
  const redact = ["*.secretKey", "*.privateKeyPem", "secretKey", "privateKeyPem"];
  return pino({ level, base: null, redact }, pino.destination({ dest: file ?? 2, sync: false, mkdir: true }));
}
