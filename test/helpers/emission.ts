/**
 * CUNP with its EmissionController, and one account for each role over it.
 *
 * Owns: composing them for tests, and the figures that the controller's code fixes. Called by: test/contracts.
 */
import { parseEther } from "ethers";
import { allowEmission, deployCUNP, FIGURE_6 } from "./cunp.ts";
import type { Connection } from "./finality.ts";

export const NODES = 0n;
export const BUSINESS = 1n;
export const ECO_FUND = 2n;
export const COMMUNITY = 3n;
export const TEAM = 4n;
export const BUCKETS = [NODES, BUSINESS, ECO_FUND, COMMUNITY, TEAM];
/** In the order of the buckets. */
export const CAPS = ["450000000", "200000000", "100000000", "100000000", "150000000"].map(parseEther);
/** What figure 6 leaves to each bucket. */
export const REMAINING = CAPS.map((cap, index) => cap - FIGURE_6[index]!);

const ROLES = [
  ["emitBlockReward", 3n],
  ["emitStakingReward", 4n],
  ["emitBusinessReward", 5n],
  ["emitCommunity", 6n],
  ["recordListing", 6n],
] as const;

export interface EmissionOptions {
  readonly native?: boolean;
}

/** The first signer administers; 2 to 6 received figure 6; 7 to 10 hold one role each; 11 is a stranger. */
export async function deployEmission(connection: Connection, { native = false }: EmissionOptions = {}) {
  const system = await deployCUNP(connection, { native });
  const { cunp, manager, signers } = system;
  const [ecoFund, team] = [signers[3]!, signers[5]!];
  const emission = await connection.ethers.deployContract("EmissionController", [
    await manager.getAddress(),
    await cunp.getAddress(),
    ecoFund.address,
    team.address,
  ]);
  const address = await emission.getAddress();
  await allowEmission(system, address);
  for (const [method, role] of ROLES) {
    await manager.setTargetFunctionRole(address, [emission.interface.getFunction(method).selector], role);
  }
  const [epochs, pool, business, treasury] = signers.slice(7, 11);
  for (const [index, holder] of [epochs!, pool!, business!, treasury!].entries()) {
    await manager.grantRole(BigInt(3 + index), holder.address, 0);
  }
  return {
    ...system,
    emission,
    ecoFund,
    team,
    stranger: signers[11]!,
    holders: { epochs: epochs!, pool: pool!, business: business!, treasury: treasury! },
    asEpochs: emission.connect(epochs!),
    asPool: emission.connect(pool!),
    asBusiness: emission.connect(business!),
    asTreasury: emission.connect(treasury!),
  };
}

export type EmissionSystem = Awaited<ReturnType<typeof deployEmission>>;

/** What every bucket has generated, in their order. */
export const generated = ({ emission }: Pick<EmissionSystem, "emission">): Promise<bigint[]> =>
  Promise.all(BUCKETS.map((bucket) => emission.generatedOf(bucket)));

export const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((left, right) => left + right, 0n);
