/**
 * A ValidatorRegistry behind its proxy, and applications to it.
 *
 * Owns: composing them for tests. Called by: test/contracts.
 */
import { type Authority, type RegistryTarget, signApplication } from "../../node/sdk/validator-application.ts";
import { seededAuthority } from "../../tasks/authorities.ts";
import type { ValidatorRegistry } from "../../types/ethers-contracts/index.js";
import type { Connection } from "./finality.ts";

/** ValidatorState of the contract. */
export const State = { unregistered: 0n, candidate: 1n, active: 2n, jailed: 3n, exiting: 4n, tombstoned: 5n };
/** CertificateStatus of the contract. */
export const Status = { unknown: 0n, valid: 1n, expired: 2n, revoked: 3n };

export const authorityOf = (index: number): Authority => seededAuthority(`test validator ${index}`);

/** Deploys with the first signer as the authority that admits; applications last until far in the future. */
export async function deployRegistry({ ethers }: Connection, seats = 21) {
  const signers = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [signers[0]!.address]);
  const code = await ethers.deployContract("ValidatorRegistry");
  const firstCall = code.interface.encodeFunctionData("initialize", [await manager.getAddress(), seats]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
  const registry: ValidatorRegistry = await ethers.getContractAt("ValidatorRegistry", await proxy.getAddress());
  const { chainId } = await ethers.provider.getNetwork();
  const target: RegistryTarget = { chainId, registry: await registry.getAddress(), deadline: 4_000_000_000 };
  return { registry, code, manager, signers, target };
}

/** Brings the authority's application, relayed by the first signer. */
export async function register(
  { registry, target }: Pick<Awaited<ReturnType<typeof deployRegistry>>, "registry" | "target">,
  authority: Authority,
): Promise<string> {
  const { application, operatorSignature } = await signApplication(authority, target);
  await registry.register(application, operatorSignature);
  return application.operator;
}
