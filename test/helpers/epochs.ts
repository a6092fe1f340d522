/**
 * The clock of epochs and the election over stand-ins for everything they do not own, and the real FinalityVerifier.
 *
 * Owns: composing them for tests and the gas bench, validators, certificates of participation.
 * Called by: test/contracts/consensus, scripts/bench/election-gas.ts.
 */
import { type BaseContract, encodeBytes32String, getAddress, toBeHex, ZeroAddress } from "ethers";
import type { FinalityVerifier } from "../../types/ethers-contracts/index.js";
import { publicKeyOf, secretOf } from "./bls.ts";
import { CHAIN_ID, type Connection, certify, connect, GENESIS_HASH, type Member, setHashOf } from "./finality.ts";

export const COIN = 10n ** 18n;
export const Stages = { origin: 0, capeOfGoodHope: 1, newGeneration: 2 } as const;

/** Small numbers, each of them another, so that no test passes by a mix-up. */
export const PARAMETERS = {
  epochSeconds: 86_400n,
  participationSamples: 4n,
  downtimeJailBps: 5_000n,
  jailSeconds: 7_200n,
  downtimeSlashBps: 10n,
  authoritySeats: 21n,
  electedSeats: 3n,
  generationSeats: 5n,
  minimumValidators: 4n,
  personWeightBps: 6_000n,
  authorityStake: 5_000n * COIN,
  candidateStake: 10_000n * COIN,
  generationStake: 12_000n * COIN,
  validatorRewardPerDay: 10n * COIN,
  capeRewardBps: 15_000n,
  generationRewardBps: 12_000n,
};
export type Values = Partial<typeof PARAMETERS>;

/** Operators are no accounts that sign: their addresses count up. */
export const operatorOf = (index: number): string => getAddress(toBeHex(0x1000 + index, 20));

/** A candidate as the StakingPool's snapshot has it. */
export interface Tally {
  readonly operator: string;
  readonly stake: bigint;
  readonly persons: bigint;
  readonly registeredAt: bigint;
}

/** The two words of IStakingPool.snapshotPage. */
export const wordsOf = ({ operator, stake, persons, registeredAt }: Tally): [bigint, bigint] => [
  (BigInt(operator) << 96n) | stake,
  (registeredAt << 40n) | persons,
];

async function deployMocks({ ethers }: Connection) {
  const [registry, staking, parameters, stages, emission] = await Promise.all([
    ethers.deployContract("EpochRegistryMock"),
    ethers.deployContract("StakingSnapshotMock"),
    ethers.deployContract("ParameterMock"),
    ethers.deployContract("StageMock"),
    ethers.deployContract("EmissionMock"),
  ]);
  return { registry, staking, parameters, stages, emission };
}

/** Makes `contract` known to the manager and, behind its proxy, set up. */
async function deployProxy({ ethers }: Connection, code: BaseContract, manager: string): Promise<string> {
  const firstCall = code.interface.encodeFunctionData("initialize", [manager]);
  return (await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall])).getAddress();
}

const STORE_SETS = 7n;

/** Everything but validators: nothing is started, no set is stored. */
async function deployContracts(connection: Connection, mocks: Awaited<ReturnType<typeof deployMocks>>) {
  const { ethers } = connection;
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const directory = await ethers.deployContract("ContractDirectory", [await manager.getAddress()]);
  const at = (contract: BaseContract) => contract.getAddress();
  const left = [await at(directory), await at(mocks.parameters)] as const;
  const right = [await at(mocks.registry), await at(mocks.staking), await at(mocks.stages)] as const;
  const electionCode = await ethers.deployContract("ValidatorElection", [...left, ...right]);
  const electionAddress = await deployProxy(connection, electionCode, await at(manager));
  const emission = await at(mocks.emission);
  const epochsCode = await ethers.deployContract("EpochManager", [...left, emission, ...right, electionAddress]);
  const epochsAddress = await deployProxy(connection, epochsCode, await at(manager));
  return {
    manager,
    directory,
    codes: [electionCode, epochsCode],
    election: await ethers.getContractAt("ValidatorElection", electionAddress),
    epochs: await ethers.getContractAt("EpochManager", epochsAddress),
  };
}

export interface WorldOptions {
  readonly values?: Values;
  readonly authorities?: number;
  readonly tallies?: readonly Tally[];
  readonly isStarted?: boolean;
}

/** Operators 0 … authorities − 1 are the authorities, each with the secret of its number. Epoch 0 runs. */
export async function setUpEpochs({ values, authorities = 4, tallies = [], isStarted = true }: WorldOptions = {}) {
  const connection = await connect();
  const mocks = await deployMocks(connection);
  const contracts = await deployContracts(connection, mocks);
  const { manager, directory, election, epochs } = contracts;
  await setParameters(mocks, { ...PARAMETERS, ...values });
  const members: Member[] = [];
  for (let index = 0; index < authorities; index++) {
    const secret = secretOf(index);
    await mocks.registry.addAuthority(operatorOf(index), publicKeyOf(secret), 100 * index);
    members.push({ secret, weight: 1n });
  }
  const source = [await mocks.registry.getAddress(), CHAIN_ID, GENESIS_HASH, setHashOf(members)] as const;
  const verifier: FinalityVerifier = await connection.ethers.deployContract("FinalityVerifier", [
    await manager.getAddress(),
    ...source,
  ]);
  await directory.publish(encodeBytes32String("EpochManager"), await epochs.getAddress(), ZeroAddress);
  await directory.publish(encodeBytes32String("FinalityVerifier"), await verifier.getAddress(), ZeroAddress);
  const selector = verifier.interface.getFunction("storeSet").selector;
  await manager.setTargetFunctionRole(await verifier.getAddress(), [selector], STORE_SETS);
  await manager.grantRole(STORE_SETS, await election.getAddress(), 0);
  if (isStarted) await epochs.start();
  const world = { connection, ...mocks, ...contracts, verifier, members };
  await addCandidates(world, tallies);
  return world;
}

export type World = Awaited<ReturnType<typeof setUpEpochs>>;

/** Lets values hold from now on. */
export async function setParameters({ parameters }: Pick<World, "parameters">, values: Values): Promise<void> {
  await parameters.set(Object.keys(values).map(encodeBytes32String), Object.values(values));
}

/** Lists candidates with these tallies and registers who is not. */
export async function addCandidates(
  { staking, registry }: Pick<World, "staking" | "registry">,
  tallies: readonly Tally[],
  totals = tallies,
): Promise<void> {
  for (const { operator } of tallies) {
    if ((await registry.stateOf(operator)) === 0n) await registry.add(operator, publicKeyOf(secretFor(operator)), 250);
  }
  await listCandidates(staking, tallies, totals);
}

/** Adds tallies to the list and sets the sums, of these or of those given. */
export async function listCandidates(
  staking: World["staking"],
  tallies: readonly Tally[],
  totals = tallies,
): Promise<void> {
  for (let at = 0; at < tallies.length; at += 200) await staking.add(tallies.slice(at, at + 200).flatMap(wordsOf));
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
  await staking.setTotals(sum(totals.map(({ stake }) => stake)), sum(totals.map(({ persons }) => persons)));
}

/** The secret of an operator that {@link operatorOf} named. */
export const secretFor = (operator: string): Uint8Array => secretOf(Number(BigInt(operator)) - 0x1000);

/** Goes to the end of the epoch, elects and begins the next. */
export async function finishEpoch(world: World): Promise<void> {
  const { connection, election, epochs } = world;
  const { finished, stored } = await election.progress();
  if (!finished) await election.elect(10_000);
  if (!stored) await election.storeSet();
  const endsAt = await epochs.endsAt();
  if (BigInt(await connection.networkHelpers.time.latest()) < endsAt)
    await connection.networkHelpers.time.increaseTo(endsAt);
  await epochs.advance();
}

/** The set of an epoch with the secrets of its validators. */
export async function membersOfEpoch({ epochs, verifier }: World, epoch: bigint): Promise<Member[]> {
  const operators = await epochs.operatorsOf(epoch);
  const set = await verifier.validatorSetOf(epoch);
  return operators.map((operator, index) => ({
    secret: secretFor(operator),
    weight: BigInt(`0x${set.slice(2 + 288 * index + 256, 2 + 288 * index + 288)}`),
  }));
}

/** A certificate of the newest block by validators of the present set, at their places in it. */
export async function certifyNewest(world: World, signers: readonly number[], epoch?: bigint) {
  const { ethers } = world.connection;
  const block = (await ethers.provider.getBlock("latest"))!;
  const of = epoch ?? (await world.epochs.epoch());
  const members = await membersOfEpoch(world, of);
  const certificate = await certify(world.verifier, members, signers, {
    epoch: of,
    viewNumber: BigInt(block.number),
    digest: block.hash!,
  });
  return { certificate, blockNumber: block.number };
}

/** Records a sample of the part of the epoch that it is now. */
export async function record(world: World, signers: readonly number[]) {
  const { certificate, blockNumber } = await certifyNewest(world, signers);
  return world.epochs.recordParticipation(certificate, blockNumber);
}

/** Goes into a part of the present epoch, near its beginning. */
export async function goToSample({ connection, epochs }: World, sample: number): Promise<void> {
  const [startedAt, endsAt] = [await epochs.startedAt(), await epochs.endsAt()];
  const at = startedAt + ((endsAt - startedAt) * BigInt(sample)) / PARAMETERS.participationSamples + 1_000n;
  await connection.networkHelpers.time.increaseTo(at);
}
