/**
 * `cun node`: one node in this process until a signal ends it.
 *
 * Owns: signals, the log file, exit codes. Does not own: the node (node/app).
 * Called by: cli. A node started by another process (scripts/lib/network.ts) ends with it.
 */
import { readConfig } from "../app/config.ts";
import { createNode } from "../app/create-node.ts";
import { createLogger } from "../app/logger.ts";

/** @throws CunError fileInvalid, dataDirectoryLocked, recordCorrupt, … before the node runs */
export async function runNode(directory: string, version: string): Promise<void> {
  const config = readConfig(directory);
  const logger = createLogger(config.logLevel);
  const node = await createNode({ directory, config, logger, version, onFatal: () => void end(1) });
  let ending = false;
  async function end(code: number): Promise<void> {
    if (ending) return;
    ending = true;
    // A part that hangs must not keep the process: everything that was promised is on the disk already.
    setTimeout(() => process.exit(code || 1), 8_000).unref();
    await node.stop().catch((error: unknown) => logger.error({ err: error }, "stopping failed"));
    logger.info("stopped");
    process.exit(code);
  }
  process.on("SIGTERM", () => void end(0));
  process.on("SIGINT", () => void end(0));
  if (process.send) process.on("disconnect", () => void end(0));
  process.on("uncaughtException", (error) => {
    logger.error({ err: error }, "uncaught exception");
    void end(1);
  });
  process.on("unhandledRejection", (error) => {
    logger.error({ err: error }, "unhandled rejection");
    void end(1);
  });
  const port = await node.start();
  logger.info({ rpc: `http://${config.rpc.host}:${port}` }, "node runs");
}
