/**
 * CUNP on a CUN chain (with its native reserve) and on a foreign one.
 *
 * Owns: composing it for tests. Called by: test/contracts, test/differential.
 */
import { getCreateAddress, parseEther, ZeroAddress } from "ethers";
import type { CUNP } from "../../types/ethers-contracts/index.js";
import type { Connection } from "./finality.ts";

export const CAP = parseEther("1000000000");
export const GENESIS = parseEther("19290000");
export const COMMUNITY = parseEther("750000");
/** Figure 6, in the order of the contract's fields. */
export const FIGURE_6 = ["110000", "10000000", "930000", "750000", "7500000"].map(parseEther);
export const EMISSION_ROLE = 2n;

export interface CUNPOptions {
  readonly native: boolean;
  readonly prefund?: bigint;
  /** wei that the address holds before the contract is there; by default what it must hold. */
  readonly reserve?: bigint;
  readonly recipients?: readonly string[];
}

/** Deploys with the first signer as administrator; the second to sixth receive figure 6. */
export async function deployCUNP({ ethers, networkHelpers }: Connection, options: CUNPOptions) {
  const signers = await ethers.getSigners();
  const [admin] = signers;
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const prefund = options.prefund ?? 0n;
  const recipients = options.recipients ?? signers.slice(1, 6).map(({ address }) => address);
  const address = getCreateAddress({ from: admin!.address, nonce: await admin!.getNonce() });
  await networkHelpers.setBalance(address, options.reserve ?? (options.native ? CAP - prefund : 0n));
  const cunp: CUNP = await ethers.deployContract("CUNP", [
    await manager.getAddress(),
    recipients,
    options.native,
    prefund,
  ]);
  return { cunp, manager, admin: admin!, recipients, signers };
}

/** Gives an account the emission role over this token. */
export async function allowEmission(
  { cunp, manager }: Pick<Awaited<ReturnType<typeof deployCUNP>>, "cunp" | "manager">,
  account: string,
): Promise<void> {
  const selector = cunp.interface.getFunction("mint").selector;
  await manager.setTargetFunctionRole(await cunp.getAddress(), [selector], EMISSION_ROLE);
  await manager.grantRole(EMISSION_ROLE, account, 0);
}

export const zeroRecipients = Array.from({ length: 5 }, () => ZeroAddress);
