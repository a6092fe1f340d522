/**
 * Writes deploy/addresses/<chainId>.json: the only thing that the node's rooms read of deploy.
 *
 * Owns: the file's form. The genesis hash tells a reader whether the file belongs to the chain it talks to.
 * Called by: deploy-all.ts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Addresses } from "./environment.ts";

export interface DeployedSystem {
  readonly addresses: Addresses;
  readonly chainId: bigint;
  readonly genesisHash: string;
}

export function saveAddresses(folder: string, { addresses, chainId, genesisHash }: DeployedSystem): void {
  mkdirSync(folder, { recursive: true });
  const content = { chainId: Number(chainId), genesisHash, contracts: addresses };
  writeFileSync(join(folder, `${chainId}.json`), `${JSON.stringify(content, null, 2)}\n`);
}
