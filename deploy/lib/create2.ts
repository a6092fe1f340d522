/**
 * Deterministic addresses through the CREATE2 factory that EVM networks share.
 *
 * Owns: the factory's address, its well-known presigned creation, and the address of a contract made by it.
 * Does not own: what is deployed (blueprint.ts). Called by: blueprint, deploy/00-factory.ts. EIP-1014.
 */
import { concat, getCreate2Address, id, keccak256 } from "ethers";

export const FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** The factory's code: 32 bytes of salt, then creation code; it answers the address or reverts. */
export const FACTORY_CODE =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5801515603957" +
  "8182fd5b8082525050506014600cf3";

/**
 * Creates the factory on any chain that takes transactions without a chain id: its signature was chosen, not made
 * with a key, so its sender is an address without a known key and can do nothing else.
 */
export const FACTORY_TRANSACTION = concat([
  "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe",
  FACTORY_CODE,
  `0x1ba0${"22".repeat(32)}a0${"22".repeat(32)}`,
]);
export const FACTORY_SENDER = "0x3fAB184622Dc19b6109349B94811493BF2a45362";
/** 100,000 gas at 100 gwei, in wei. */
export const FACTORY_COST = 10_000_000_000_000_000n;

/** Same contracts, same addresses on every chain; another salt gives a second, separate system. */
const SALT = id("coopunion/v1");

/** Where the factory puts the contract with this creation code. */
export const addressOf = (initCode: string): string => getCreate2Address(FACTORY, SALT, keccak256(initCode));

/** What the factory is called with. */
export const factoryCall = (initCode: string): string => concat([SALT, initCode]);
