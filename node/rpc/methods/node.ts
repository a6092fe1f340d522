/**
 * Methods about the node and its network: web3_*, net_*, eth_chainId, eth_syncing, rpc_modules.
 *
 * Owns: their answers. Does not own: the status (the app's), blocks and accounts (other files here).
 * Called by: registry.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { encodeSyncing } from "../encode.ts";
import { data, quantity } from "../hex.ts";
import { type Method, method, type RpcContext } from "../method.ts";
import { dataParameter } from "../parameters.ts";

const clientVersion = (context: RpcContext): string =>
  `Coopunion/v${context.status().version}/${process.platform}-${process.arch}/node${process.versions.node}`;

export const nodeMethods: readonly (readonly [string, Method])[] = [
  ["web3_clientVersion", method([], clientVersion)],
  ["web3_sha3", method([dataParameter], (_, [bytes]) => data(keccak_256(bytes)))],
  ["net_version", method([], (context) => context.execution.info().chainId.toString())],
  ["net_listening", method([], () => true)],
  ["net_peerCount", method([], (context) => quantity(context.status().peers))],
  ["eth_chainId", method([], (context) => quantity(context.execution.info().chainId))],
  ["eth_syncing", method([], (context) => encodeSyncing(context.status()))],
  // Keys stay in wallets: a node has no accounts.
  ["eth_accounts", method([], () => [])],
  ["rpc_modules", method([], () => ({ cun: "1.0", eth: "1.0", net: "1.0", rpc: "1.0", web3: "1.0" }))],
];
