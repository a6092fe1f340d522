/**
 * A ValidatorCouncil over any validator set, with a registry whose states tests decide, and its three ways of approval.
 *
 * Owns: composing it for tests and the gas bench. Called by: test/contracts, scripts/bench/council-gas.ts.
 */
import { encodeBytes32String, id, Wallet, ZeroAddress } from "ethers";
import { type ParameterValues, parameterValues } from "../../deploy/config/parameters.ts";
import { definitions, initialValues, orderRules, parameterKey } from "../../deploy/lib/parameter-table.ts";
import type { ParameterRegistry } from "../../types/ethers-contracts/index.js";
import { range, secretsOf, signTogether } from "./bls.ts";
import { CHAIN_ID, type Connection, deploySource, equalWeights, GENESIS_HASH, setHashOf } from "./finality.ts";
import { type Call, callOf, DEADLINE } from "./system.ts";

export const PARAMETERS_ROLE = 10n;

/** The operators' accounts, the same in every run. */
export const operatorWallet = (index: number): Wallet => new Wallet(id(`operator ${index}`));

/** A ParameterRegistry behind its proxy with the table's definitions. */
export async function deployParameters(
  { ethers }: Connection,
  manager: string,
  exceptions: Partial<ParameterValues> = {},
): Promise<ParameterRegistry> {
  const code = await ethers.deployContract("ParameterRegistry");
  const values = initialValues(parameterValues(exceptions));
  const firstCall = code.interface.encodeFunctionData("initialize", [manager, definitions(), values, orderRules()]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
  return ethers.getContractAt("ParameterRegistry", await proxy.getAddress());
}

/** Deploys with the first signer as administrator; the council may change parameters. */
export async function deployCouncil(
  connection: Connection,
  size = 7,
  exceptions: Partial<ParameterValues> = {},
  operators: readonly string[] = range(size).map((index) => operatorWallet(index).address),
) {
  const { ethers } = connection;
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const directory = await ethers.deployContract("ContractDirectory", [await manager.getAddress()]);
  const council = await ethers.deployContract("ValidatorCouncil", [await directory.getAddress()]);
  const members = equalWeights(secretsOf(size));
  const states = await deploySource(connection, members, (index) => operators[index]!);
  const verifier = await ethers.deployContract("FinalityVerifier", [
    await manager.getAddress(),
    await states.getAddress(),
    CHAIN_ID,
    GENESIS_HASH,
    setHashOf(members),
  ]);
  const parameters = await deployParameters(connection, await manager.getAddress(), exceptions);
  const selectors = ["propose", "withdraw"].map((name) => parameters.interface.getFunction(name as "propose").selector);
  await manager.setTargetFunctionRole(await parameters.getAddress(), selectors, PARAMETERS_ROLE);
  await manager.grantRole(PARAMETERS_ROLE, await council.getAddress(), 0);
  const target = await ethers.deployContract("CouncilTarget");
  const named = { FinalityVerifier: verifier, ValidatorRegistry: states, ParameterRegistry: parameters } as const;
  for (const [name, contract] of Object.entries(named)) {
    await directory.publish(encodeBytes32String(name), await contract.getAddress(), ZeroAddress);
  }
  const address = await target.getAddress();
  const add = (number: bigint) => callOf(address, target.interface.encodeFunctionData("add", [number]));
  const change = async (name: Parameters<typeof parameterKey>[0], value: bigint) =>
    callOf(
      await parameters.getAddress(),
      parameters.interface.encodeFunctionData("propose", [parameterKey(name), value]),
    );
  return { ...connection, manager, directory, council, members, states, verifier, parameters, target, add, change };
}

export type CouncilSystem = Awaited<ReturnType<typeof deployCouncil>>;

export interface ApprovalOptions {
  readonly absent?: readonly number[];
  readonly nonce?: bigint;
  readonly deadline?: number;
}

/** Bit i for each position. */
export const bits = (positions: readonly number[]): bigint =>
  positions.reduce((bitmap, index) => bitmap | (1n << BigInt(index)), 0n);

type Hash = "approvalHash" | "escapeHash";

/** The aggregate signature of all but the absent, of what one of the two BLS ways asks for. */
export async function aggregate(
  { council, members }: CouncilSystem,
  hash: Hash,
  calls: readonly Call[],
  { absent = [], nonce, deadline = DEADLINE }: ApprovalOptions = {},
): Promise<string> {
  const message = await council[hash]([...calls], nonce ?? (await council.nonce()), deadline);
  const present = range(members.length).filter((index) => !absent.includes(index));
  return signTogether(
    present.map((index) => members[index]!.secret),
    message,
  );
}

export async function execute(system: CouncilSystem, calls: readonly Call[], options: ApprovalOptions = {}) {
  const signature = await aggregate(system, "approvalHash", calls, options);
  return system.council.execute([...calls], options.deadline ?? DEADLINE, bits(options.absent ?? []), signature);
}

export async function schedule(system: CouncilSystem, calls: readonly Call[], options: ApprovalOptions = {}) {
  const signature = await aggregate(system, "escapeHash", calls, options);
  return system.council.schedule([...calls], options.deadline ?? DEADLINE, bits(options.absent ?? []), signature);
}

const types = {
  Batch: [
    { name: "calls", type: "Call[]" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint64" },
  ],
  Call: [
    { name: "target", type: "address" },
    { name: "value", type: "uint256" },
    { name: "data", type: "bytes" },
  ],
};

/** Each operator's EIP-712 signature, empty for the absent. */
export async function operatorSignatures(
  { council, ethers, members }: CouncilSystem,
  calls: readonly Call[],
  { absent = [], nonce, deadline = DEADLINE }: ApprovalOptions = {},
): Promise<string[]> {
  const { chainId } = await ethers.provider.getNetwork();
  const verifyingContract = await council.getAddress();
  const domain = { name: "Coopunion ValidatorCouncil", version: "1", chainId, verifyingContract };
  const message = { calls, nonce: nonce ?? (await council.nonce()), deadline };
  return Promise.all(
    range(members.length).map((index) =>
      absent.includes(index) ? "0x" : operatorWallet(index).signTypedData(domain, types, message),
    ),
  );
}
