/**
 * A FinalityVerifier over any validator set, and certificates for it.
 *
 * Owns: composing them for tests and the gas bench. Called by: test/contracts, scripts/bench/certificate-gas.ts.
 */
import { concat, id, keccak256, solidityPacked } from "ethers";
import { network } from "hardhat";
import type { FinalityVerifier } from "../../types/ethers-contracts/index.js";
import { bitmapOf, publicKeyOf, signTogether } from "./bls.ts";

export const connect = () => network.create();
export type Connection = Awaited<ReturnType<typeof connect>>;

export const CHAIN_ID = 2026n;
export const GENESIS_HASH = id("a genesis block");

export interface Member {
  readonly secret: Uint8Array;
  readonly weight: bigint;
}

export const equalWeights = (secrets: readonly Uint8Array[]): Member[] =>
  secrets.map((secret) => ({ secret, weight: 1n }));

export function setHashOf(members: readonly Member[]): string {
  const entries = members.map(({ secret, weight }) => [publicKeyOf(secret), weight]);
  return keccak256(concat(entries.map((entry) => solidityPacked(["bytes", "uint128"], entry))));
}

/** An account for each validator of a set. */
export const operatorOf = (index: number): string => `0x${(index + 1).toString(16).padStart(40, "0")}`;

/** Creates a set's source on chain; large sets in several transactions. */
export async function deploySource(connection: Connection, members: readonly Member[], operator = operatorOf) {
  const source = await connection.ethers.deployContract("ValidatorSetMock");
  const rows = members.map(({ secret, weight }, index) => ({
    operator: operator(index),
    blsPublicKey: publicKeyOf(secret),
    weight,
    certificateFingerprint: id(`certificate ${index}`),
  }));
  for (let at = 0; at < rows.length; at += 40) await (await source.add(rows.slice(at, at + 40))).wait();
  return source;
}

/** The first signer may do everything that is restricted. */
export async function deployManager({ ethers }: Connection): Promise<string> {
  const [admin] = await ethers.getSigners();
  return (await ethers.deployContract("AccessManager", [admin!.address])).getAddress();
}

export const membersOf = (members: readonly Member[]) =>
  members.map(({ secret, weight }) => ({ blsPublicKey: publicKeyOf(secret), weight }));

export async function deployVerifier(
  connection: Connection,
  members: readonly Member[],
  { chainId = CHAIN_ID, genesisHash = GENESIS_HASH } = {},
): Promise<FinalityVerifier> {
  const source = await deploySource(connection, members);
  const manager = await deployManager(connection);
  const values = [manager, await source.getAddress(), chainId, genesisHash, setHashOf(members)] as const;
  return connection.ethers.deployContract("FinalityVerifier", [...values]);
}

export interface Block {
  readonly epoch: bigint;
  readonly viewNumber: bigint;
  readonly digest: string;
}

/** A certificate by the members at the given positions. */
export async function certify(
  verifier: FinalityVerifier,
  members: readonly Member[],
  signers: readonly number[],
  block: Block = { epoch: 0n, viewNumber: 7n, digest: id("a block") },
) {
  const root = await verifier.finalizeRoot(block.epoch, block.viewNumber, block.digest);
  const secrets = signers.map((index) => members[index]!.secret);
  return { ...block, signers: bitmapOf(members.length, signers), signature: signTogether(secrets, root) };
}
