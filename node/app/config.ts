/**
 * An operator's choices for one node: the file config.json in its data folder.
 *
 * Owns: the schema, defaults, and the layout of a data folder. Does not own: what all nodes agree on
 * (types/genesis.ts), governed parameters (deploy/config).
 * Called by: create-node, devnet, cli.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CunError } from "../types/errors.ts";
import { type Genesis, genesisSchema } from "../types/genesis.ts";

const port = z.int().min(0).max(65535);

export const configSchema = z.strictObject({
  /** Path of the genesis file, relative to the data folder. */
  genesis: z.string().default("genesis.json"),
  rpc: z.strictObject({
    host: z.string().default("127.0.0.1"),
    port,
    /** Host names besides localhost and IP addresses under which browsers and proxies may reach the RPC. */
    allowedHosts: z.array(z.string()).default([]),
    /** Web pages (origins) that may call the RPC from a browser; none by default. */
    allowedOrigins: z.array(z.string()).default([]),
  }),
  p2p: z.strictObject({ host: z.string().default("127.0.0.1"), port }),
  /** Where the others listen. Who they are is checked by their certificate's fingerprint. */
  peers: z.array(
    z.strictObject({
      fingerprint: z.string().regex(/^0x[0-9a-f]{64}$/, "SHA-256 fingerprint as lower-case hex"),
      host: z.string(),
      port,
    }),
  ),
  /** Whether this node signs in epochs whose set has its key (it then needs bls.key) or always only follows. */
  validator: z.boolean().default(true),
  /** Whether this node sends what the contracts wait for (elections, ends of epochs, rewards) from operator.key. */
  keeper: z.boolean().default(true),
  /** How long a leader adds transactions to one block. */
  buildDeadlineMs: z.int().min(10).max(5000).default(250),
  logLevel: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
});

export type NodeConfig = z.infer<typeof configSchema>;

/** Files of a data folder. */
export const dataPaths = (directory: string) => ({
  config: join(directory, "config.json"),
  blsKey: join(directory, "bls.key"),
  newBlsKey: join(directory, "bls.new.key"),
  operatorKey: join(directory, "operator.key"),
  certificate: join(directory, "node-cert.pem"),
  privateKey: join(directory, "node-key.pem"),
  blocks: join(directory, "blocks"),
  state: join(directory, "state"),
  writeAheadLog: join(directory, "consensus.log"),
  signingGuard: join(directory, "signing-guard.log"),
  log: join(directory, "node.log"),
});

/** @throws CunError fileInvalid */
export function readConfig(directory: string): NodeConfig {
  return readJson(dataPaths(directory).config, configSchema);
}

/** @throws CunError fileInvalid */
export function readGenesis(path: string): Genesis {
  return readJson(path, genesisSchema);
}

function readJson<Schema extends z.ZodType>(path: string, schema: Schema): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw unreadable(path, error);
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new CunError("fileInvalid", { path, reason: z.prettifyError(result.error) });
  return result.data;
}

/** A missing file is the usual case, said without the system's words. */
export function unreadable(path: string, error: unknown): CunError<"fileInvalid"> {
  const { code, message } = error as NodeJS.ErrnoException;
  return new CunError("fileInvalid", { path, reason: code === "ENOENT" ? "there is no such file" : message });
}
