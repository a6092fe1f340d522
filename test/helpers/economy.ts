/**
 * A deployed system that lives through epochs: operators, stakers, certificates signed by the present set.
 *
 * Owns: driving the permissionless calls as nodes do, with real BLS signatures. Does not own: what must come of it.
 * Called by: test/contracts/system.
 */
import { Wallet } from "ethers";
import { type ParameterValues, parameterValues } from "../../deploy/config/parameters.ts";
import { type Authority, signApplication } from "../../node/sdk/validator-application.ts";
import { bitmapOf, range, signTogether } from "./bls.ts";
import type { Connection } from "./finality.ts";
import { authorities, callOf, deployOptions, deploySystem, executeByCouncil } from "./system.ts";

/** One page is the whole list here. */
const PAGE = 100n;
const DEADLINE = 4_000_000_000;

export class Economy {
  readonly connection: Connection;
  readonly system: Awaited<ReturnType<typeof deploySystem>>;
  /** By operator. */
  readonly #authorities = new Map<string, Authority>();

  private constructor(connection: Connection, system: Economy["system"]) {
    this.connection = connection;
    this.system = system;
    for (const authority of authorities) this.#remember(authority);
  }

  /** Deploys with exceptions from the default parameters. */
  static async create(connection: Connection, exceptions: Partial<ParameterValues>): Promise<Economy> {
    const { config } = await deployOptions(connection);
    const parameters = parameterValues(exceptions);
    return new Economy(connection, await deploySystem(connection, { config: { ...config, parameters } }));
  }

  #remember(authority: Authority): string {
    const operator = new Wallet(authority.operatorKey).address;
    this.#authorities.set(operator, authority);
    return operator;
  }

  /** An operator's account, able to pay for gas. */
  async account(operator: string): Promise<Wallet> {
    const { ethers, networkHelpers } = this.connection;
    await networkHelpers.setBalance(operator, 10n ** 20n);
    return new Wallet(this.#authorities.get(operator)!.operatorKey, ethers.provider);
  }

  /** Registers a newcomer: anyone brings its application. */
  async register(newcomer: Authority): Promise<string> {
    const { registry } = this.system;
    const { chainId } = await this.connection.ethers.provider.getNetwork();
    const target = { chainId, registry: await registry.getAddress(), deadline: DEADLINE };
    const { application, operatorSignature } = await signApplication(newcomer, target);
    await registry.register(application, operatorSignature);
    return this.#remember(newcomer);
  }

  /** The council pays CUNP out: coins of the community. Only while the genesis authorities are the set. */
  async pay(accounts: readonly string[], amount: bigint): Promise<void> {
    const { cunp, addresses } = this.system;
    const calls = accounts.map((account) =>
      callOf(addresses.CUNP, cunp.interface.encodeFunctionData("transfer", [account, amount])),
    );
    await executeByCouncil(this.system, calls);
  }

  /** The council verifies persons. */
  async recognise(persons: ReadonlyMap<string, string>): Promise<void> {
    const { persons: list, addresses } = this.system;
    const calls = [...persons].map(([account, person]) =>
      callOf(addresses.PersonhoodList, list.interface.encodeFunctionData("add", [account, person, DEADLINE])),
    );
    await executeByCouncil(this.system, calls);
  }

  /** Approves and stakes. */
  async stake(staker: Parameters<Economy["system"]["cunp"]["connect"]>[0], operator: string, amount: bigint) {
    const { cunp, staking } = this.system;
    await (cunp.connect(staker) as typeof cunp).approve(await staking.getAddress(), amount);
    await (staking.connect(staker) as typeof staking).stake(operator, amount);
  }

  /** A certificate of the newest block (or of another hash) by the present set without the absent. */
  async certificate({
    absent = [],
    epoch,
    digest,
  }: {
    absent?: readonly string[];
    epoch?: bigint;
    digest?: string;
  } = {}) {
    const { epochs, verifier } = this.system;
    const of = epoch ?? (await epochs.epoch());
    const block = (await this.connection.ethers.provider.getBlock("latest"))!;
    const operators = await epochs.operatorsOf(of);
    const signers = range(operators.length).filter((index) => !absent.includes(operators[index]!));
    const signed = digest ?? block.hash!;
    const root = await verifier.finalizeRoot(of, 7n, signed);
    const secrets = signers.map((index) => this.#authorities.get(operators[index]!)!.blsSecret);
    const certificate = {
      epoch: of,
      viewNumber: 7n,
      digest: signed,
      signers: bitmapOf(operators.length, signers),
      signature: signTogether(secrets, root),
    };
    return { certificate, blockNumber: BigInt(block.number) };
  }

  /** Records one sample. */
  async sample(absent: readonly string[] = []): Promise<void> {
    const { certificate, blockNumber } = await this.certificate({ absent });
    await this.system.epochs.recordParticipation(certificate, blockNumber);
  }

  /** Lets time pass until then, unless it has. Seconds since 1970. */
  async waitUntil(timestamp: bigint): Promise<void> {
    const { time } = this.connection.networkHelpers;
    if (BigInt(await time.latest()) < timestamp) await time.increaseTo(timestamp);
  }

  /** Elects the next set and stores it. */
  async elect(): Promise<void> {
    await this.system.election.elect(PAGE);
    await this.system.election.storeSet();
  }

  /** All that nodes do in an epoch: the election, a sample in each part, its end. The rewards are not paid yet. */
  async liveThrough(samples: number, absent: readonly string[] = []): Promise<bigint> {
    const { epochs } = this.system;
    const [epoch, startedAt, endsAt] = await Promise.all([epochs.epoch(), epochs.startedAt(), epochs.endsAt()]);
    await this.elect();
    for (const part of range(samples)) {
      const at = startedAt + ((endsAt - startedAt) * BigInt(2 * part + 1)) / BigInt(2 * samples);
      await this.waitUntil(at);
      await this.sample(absent);
    }
    await this.waitUntil(endsAt);
    await epochs.advance();
    return epoch;
  }
}
