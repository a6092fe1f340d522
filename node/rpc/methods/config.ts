/**
 * eth_config: the fork a node runs, its precompiles and system contracts (EIP-7910).
 *
 * Owns: the lists for Osaka, the only fork a Coopunion network has had. Does not own: the rules (node/execution).
 * Called by: registry. The fork id is the CRC-32 of the genesis hash: no fork came after genesis (EIP-6122).
 */
import { crc32 } from "node:zlib";
import { hashBytes } from "../../types/primitives.ts";
import { data, quantity } from "../hex.ts";
import { type Method, method, type RpcContext } from "../method.ts";

const PRECOMPILES: readonly (readonly [string, number])[] = [
  ["ECREC", 0x01],
  ["SHA256", 0x02],
  ["RIPEMD160", 0x03],
  ["ID", 0x04],
  ["MODEXP", 0x05],
  ["BN254_ADD", 0x06],
  ["BN254_MUL", 0x07],
  ["BN254_PAIRING", 0x08],
  ["BLAKE2F", 0x09],
  ["KZG_POINT_EVALUATION", 0x0a],
  ["BLS12_G1ADD", 0x0b],
  ["BLS12_G1MSM", 0x0c],
  ["BLS12_G2ADD", 0x0d],
  ["BLS12_G2MSM", 0x0e],
  ["BLS12_PAIRING_CHECK", 0x0f],
  ["BLS12_MAP_FP_TO_G1", 0x10],
  ["BLS12_MAP_FP2_TO_G2", 0x11],
  ["P256VERIFY", 0x100],
];

const SYSTEM_CONTRACTS = {
  BEACON_ROOTS_ADDRESS: "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
  CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: "0x0000bbddc7ce488642fb579f8b00f3a590007251",
  HISTORY_STORAGE_ADDRESS: "0x0000f90827f1c53a10cb7a02335b175320002935",
  WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: "0x00000961ef480eb55e80d19ad83579a64c007002",
};

const precompiles = Object.fromEntries(
  PRECOMPILES.map(([name, address]) => [name, `0x${address.toString(16).padStart(40, "0")}`] as const).sort(
    ([left], [right]) => (left < right ? -1 : 1),
  ),
);

async function config(context: RpcContext): Promise<object> {
  const { chainId, genesisHash } = context.execution.info();
  const genesis = await context.chain.require({ hash: genesisHash });
  const forkId = new Uint8Array(4);
  new DataView(forkId.buffer).setUint32(0, crc32(hashBytes(genesisHash)));
  const current = {
    activationTime: genesis.timestamp,
    // No blob is ever accepted: targets and maxima are zero.
    blobSchedule: { baseFeeUpdateFraction: 5_007_716, max: 0, target: 0 },
    chainId: quantity(chainId),
    forkId: data(forkId),
    precompiles,
    systemContracts: SYSTEM_CONTRACTS,
  };
  return { current, next: null, last: null };
}

export const configMethods: readonly (readonly [string, Method])[] = [["eth_config", method([], config)]];
