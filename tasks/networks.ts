/**
 * What `npx hardhat deploy` must know of the network it talks to.
 *
 * Owns: telling a CUN devnet from a foreign network. Does not own: the deployment. Called by: tasks/deploy.ts.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { developmentValues } from "../deploy/config/development.ts";
import { type ParameterValues, parameterValues } from "../deploy/config/parameters.ts";
import { NATIVE_TOTAL } from "../deploy/lib/blueprint.ts";
import { readGenesis } from "../node/app/config.ts";
import type { Authority } from "../node/sdk/validator-application.ts";
import { developmentAuthorities, devnetAuthorities } from "./authorities.ts";

/** Where `npm start` keeps its network, from the project's root. */
export const DEFAULT_NETWORK_FOLDER = "data/devnet";

export interface NetworkSetup {
  readonly native: boolean;
  /** wei */
  readonly nativePrefund: bigint;
  readonly authorities: readonly Authority[];
  /** First values of the ParameterRegistry. */
  readonly parameters: ParameterValues;
}

/** A devnet is known by the genesis file in its folder, which says what accounts hold. */
export function networkSetup(chainId: bigint, network: string): NetworkSetup {
  const path = join(network, "genesis.json");
  const genesis = existsSync(path) ? readGenesis(path) : undefined;
  if (!genesis || BigInt(genesis.chainId) !== chainId) {
    const authorities = developmentAuthorities();
    return { native: false, nativePrefund: 0n, authorities, parameters: parameterValues() };
  }
  // The largest balance is CUNP's reserve: at least 999,250,000 of 1,000,000,000.
  const balances = Object.values(genesis.alloc).map(({ balance }) => BigInt(balance));
  const reserve = balances.reduce((most, balance) => (balance > most ? balance : most), 0n);
  const authorities = devnetAuthorities(network);
  return { native: true, nativePrefund: NATIVE_TOTAL - reserve, authorities, parameters: developmentValues() };
}
