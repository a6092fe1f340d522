/**
 * The way of a running network: four authorities in Origin, seven validators in Cape of Good Hope, the same seven by
 * stake in New Generation; with transactions all the time, without a restart, without losing a block.
 *
 * Owns: what operators, stakers and users live through while the stage changes. Real processes, contracts and keepers.
 * RPC ports 19000...
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type Contract, type JsonRpcProvider, parseEther, Wallet } from "ethers";
import { developmentAccounts } from "../../node/app/devnet.ts";
import { finalityProof } from "../../node/sdk/finality.ts";
import { signApplication } from "../../node/sdk/validator-application.ts";
import { connect, deployToNetwork, systemContract } from "../../scripts/lib/deployment.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { readAuthority } from "../../tasks/authorities.ts";
import { liveNetwork } from "../helpers/live-network.ts";
import { TransferLoad } from "../helpers/transfer-load.ts";

const ORIGIN = 0n;
const CAPE_OF_GOOD_HOPE = 1n;
const NEW_GENERATION = 2n;
const AUTHORITIES = 4;
const NEWCOMERS = 3;
/** As short as the bounds allow: every stage takes two of them. */
const parameters = {
  epochSeconds: 10n,
  participationSamples: 1n,
  // In seconds a busy machine is late for more samples than a validator in hours: nobody is jailed here for that.
  downtimeJailBps: 0n,
  electedSeats: 3n,
  minimumValidators: 4n,
  capeMinimumValidators: 4n,
  capeMinimumCommunityHeld: parseEther("1000"),
  generationMinimumValidators: 7n,
  generationMinimumCandidates: 7n,
  generationMinimumVotedStake: parseEther("70000"),
};
const CANDIDATE_STAKE = parseEther("10000");
const AUTHORITY_STAKE = parseEther("5000");
const GAS_MONEY = parseEther("50");

interface ChainStatus {
  readonly epoch: string;
  readonly stage: string;
  readonly validators: readonly { readonly operator: string }[];
}

describe("a network on its way through the stages", function () {
  this.timeout(900_000);
  const live = liveNetwork({ validators: AUTHORITIES, rpcPort: 19_000, parameters });
  const accounts = developmentAccounts();
  let network: Network;
  let provider: JsonRpcProvider;
  let load: TransferLoad;
  let pids: (number | undefined)[];
  const contracts = {} as Record<
    "CUNP" | "EpochManager" | "StageManager" | "StakingPool" | "ValidatorRegistry" | "FinalityVerifier",
    Contract
  >;
  const newcomers: { index: number; wallet: Wallet }[] = [];

  before(async () => {
    network = live();
    provider = connect(network);
    await deployToNetwork(network);
    const names = [
      "CUNP",
      "EpochManager",
      "StageManager",
      "StakingPool",
      "ValidatorRegistry",
      "FinalityVerifier",
    ] as const;
    for (const name of names) contracts[name] = await systemContract(network, name, provider);
    load = new TransferLoad(new Wallet(accounts[19]!.privateKey, provider));
    load.start();
    pids = Array.from({ length: AUTHORITIES }, (_, index) => network.pid(index));
  });

  after(async () => {
    await load?.stop();
    provider?.destroy();
  });

  const read = (name: keyof typeof contracts, method: string, ...values: unknown[]) =>
    contracts[name].getFunction(method)(...values);

  async function write(wallet: Wallet, name: keyof typeof contracts, method: string, ...values: unknown[]) {
    const call = (contracts[name].connect(wallet) as Contract).getFunction(method);
    // Half as much again: what an estimate finds written in this second the next one may write anew (checkpoints).
    const gasLimit = ((await call.estimateGas(...values)) * 3n) / 2n;
    const receipt = await (await call(...values, { gasLimit })).wait();
    expect(receipt.status).to.equal(1);
    return receipt;
  }

  /** Asks again until the answer is yes. */
  async function until(what: string, probe: () => Promise<boolean>, seconds = 180): Promise<void> {
    for (let passed = 0; !(await probe()); passed++) {
      if (passed >= 4 * seconds) throw new Error(`${what}: not in ${seconds} s`);
      await sleep(250);
    }
  }

  /** Native coin from the development accounts, then wrapped, staked by the operator itself, and listed. */
  async function stakeSelf(wallet: Wallet, sponsor: Wallet, amount: bigint): Promise<void> {
    const payment = await sponsor.sendTransaction({ to: wallet.address, value: amount + GAS_MONEY });
    expect((await payment.wait())?.status).to.equal(1);
    // Coins that are simply sent to CUNP are wrapped.
    await (await wallet.sendTransaction({ to: contracts.CUNP.target, value: amount, gasLimit: 150_000n })).wait();
    await write(wallet, "CUNP", "approve", await contracts.StakingPool.getAddress(), amount);
    await write(wallet, "StakingPool", "stake", wallet.address, amount);
    await write(wallet, "StakingPool", "list", wallet.address);
  }

  const sponsorOf = (place: number) => new Wallet(accounts[place]!.privateKey, provider);

  it("[NET-1] [NET-2] Origin: the four authorities run epochs by themselves, the next stage is proposed by anybody", async () => {
    expect(await read("StageManager", "stage")).to.equal(ORIGIN);
    await write(sponsorOf(1), "StageManager", "proposeNext");
    await until("the first boundary", async () => (await read("EpochManager", "epoch")) >= 1n);
    expect(await read("EpochManager", "operatorsOf", 1n)).to.have.length(AUTHORITIES);
    await until("Cape of Good Hope", async () => (await read("StageManager", "stage")) === CAPE_OF_GOOD_HOPE);
  });

  it("[NET-4] [VAL-3] Cape of Good Hope: three nodes join, stake, are elected and sign, beside the authorities", async () => {
    const chainId = BigInt(network.genesis.chainId);
    const registry = await contracts.ValidatorRegistry.getAddress();
    for (let place = 0; place < NEWCOMERS; place++) {
      const { index } = network.join();
      const authority = readAuthority(network.directoryOf(index), index);
      const target = { chainId, registry, deadline: 4_000_000_000 };
      const { application, operatorSignature } = await signApplication(authority, target);
      const wallet = new Wallet(authority.operatorKey, provider);
      await write(sponsorOf(2 + place), "ValidatorRegistry", "register", application, operatorSignature);
      // Two accounts' coins: one has no more than the stake itself.
      await (
        await sponsorOf(5 + place).sendTransaction({ to: sponsorOf(2 + place).address, value: parseEther("200") })
      ).wait();
      await stakeSelf(wallet, sponsorOf(2 + place), CANDIDATE_STAKE);
      await network.start(index);
      newcomers.push({ index, wallet });
    }
    await until("seven validators", async () => {
      const epoch = await read("EpochManager", "epoch");
      return (await read("EpochManager", "operatorsOf", epoch)).length === AUTHORITIES + NEWCOMERS;
    });
    for (const { index } of newcomers) await follows(index, "CapeOfGoodHope", AUTHORITIES + NEWCOMERS);
    const signed = new Set<number>();
    await until("votes of all newcomers in certificates", async () => {
      for (const index of await signersOfNewest()) signed.add(index);
      return newcomers.every((_, place) => signed.has(AUTHORITIES + place));
    });
  });

  it("[NET-5] New Generation: the same seven by stake, authorities among them as candidates like all", async () => {
    for (let index = 0; index < AUTHORITIES; index++) {
      const { operatorKey } = readAuthority(network.directoryOf(index), index);
      await stakeSelf(new Wallet(operatorKey, provider), sponsorOf(8 + index), CANDIDATE_STAKE - AUTHORITY_STAKE);
    }
    await until("the preconditions", async () => {
      const proposal = (contracts.StageManager.connect(sponsorOf(1)) as Contract).getFunction("proposeNext");
      return proposal.staticCall().then(
        () => true,
        () => false,
      );
    });
    await write(sponsorOf(1), "StageManager", "proposeNext");
    await until("New Generation", async () => (await read("StageManager", "stage")) === NEW_GENERATION);
    const epoch = await read("EpochManager", "epoch");
    expect(await read("EpochManager", "operatorsOf", epoch)).to.have.length(7);
    expect(await read("FinalityVerifier", "totalWeightOf", epoch)).to.equal(7n * CANDIDATE_STAKE);
    for (let index = 0; index < network.size; index++) await follows(index, "NewGeneration", 7);
    const start = await network.height(0);
    await network.waitForHeight(0, start + 10);
  });

  it("[NET-6] no block and no transaction was lost, no process restarted, every node has the same chain", async () => {
    const receipts = await load.stop();
    expect(receipts.length).to.be.greaterThan(50);
    expect(receipts.every((receipt) => receipt?.status === 1)).to.equal(true);
    expect(Array.from({ length: AUTHORITIES }, (_, index) => network.pid(index))).to.deep.equal(pids);
    const height = await network.height(0);
    let parent = (await provider.getBlock(0))!.hash;
    for (let number = 1; number <= height; number++) {
      const block = (await provider.getBlock(number))!;
      expect(block.parentHash).to.equal(parent);
      parent = block.hash;
    }
    for (let index = 1; index < network.size; index++) {
      await network.waitForHeight(index, height);
      const block = await network.call<{ hash: string }>(index, "eth_getBlockByNumber", [
        `0x${height.toString(16)}`,
        false,
      ]);
      expect(block.hash).to.equal(parent);
    }
  });

  it("[EMI-4] [STK-6] validators were rewarded for taking part, all of them", async () => {
    const operators: string[] = await read("EpochManager", "operatorsOf", await read("EpochManager", "epoch"));
    await until("rewards", async () => {
      const commissions: bigint[] = await Promise.all(
        operators.map((operator) => read("StakingPool", "commissionOf", operator)),
      );
      return commissions.every((amount) => amount > 0n);
    });
  });

  /** Places in the set of those whose votes are in the newest certificate. */
  async function signersOfNewest(): Promise<number[]> {
    const { hash } = await network.call<{ hash: string }>(0, "eth_getBlockByNumber", ["latest", false]);
    const proof = await finalityProof(network.rpcUrl(0), hash).catch(() => undefined);
    const bits = BigInt(proof?.certificate.signers ?? 0);
    return Array.from({ length: network.size }, (_, index) => index).filter((index) => (bits >> BigInt(index)) & 1n);
  }

  /** A node is in the present epoch with the others and sees the same set. */
  function follows(index: number, stage: string, validators: number): Promise<void> {
    return until(`node ${index} in ${stage}`, async () => {
      const status = await network.call<ChainStatus>(index, "cun_status").catch(() => undefined);
      return status?.stage === stage && status.validators.length === validators;
    });
  }
});
