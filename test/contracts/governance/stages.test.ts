/**
 * StageManager: order, preconditions and boundaries of the stages.
 */
import { expect } from "chai";
import { encodeBytes32String, parseEther, ZeroAddress } from "ethers";
import { CAP, deployCUNP, GENESIS } from "../../helpers/cunp.ts";
import { connect } from "../../helpers/finality.ts";
import { admitted, deployParameters, deployRegistry } from "../../helpers/registry.ts";

const Stage = { origin: 0n, cape: 1n, generation: 2n };
const THRESHOLDS = {
  capeMinimumValidators: 2n,
  capeMinimumCommunityHeld: parseEther("500000"),
  generationMinimumValidators: 3n,
  generationMinimumCandidates: 84n,
  generationMinimumVotedStake: parseEther("1000000"),
};
const PREFUND = parseEther("1000");

interface Options {
  readonly native?: boolean;
  readonly validators?: number;
  /** Names in the directory. */
  readonly institutions?: readonly string[];
}

/** With figure 6 in the hands of the institutions but for what each test hands out. */
async function setUp(options: Options = {}) {
  const connection = await connect();
  const { ethers } = connection;
  const registry = await deployRegistry(connection);
  const { manager } = registry;
  const directory = await ethers.deployContract("ContractDirectory", [await manager.getAddress()]);
  const accounts: string[] = [];
  for (const name of options.institutions ?? ["ValidatorCouncil", "NodesFund", "BusinessContributions"]) {
    const account = await ethers.deployContract("CouncilTarget");
    accounts.push(await account.getAddress());
    await directory.publish(encodeBytes32String(name), await account.getAddress(), ZeroAddress);
  }
  const [council, nodes = council, business = council] = accounts as [string, string?, string?];
  const native = options.native ?? false;
  const { cunp } = await deployCUNP(connection, {
    native,
    prefund: native ? PREFUND : 0n,
    recipients: [nodes, business, council, council, council],
  });
  const parameters = await deployParameters(connection, THRESHOLDS);
  const staking = await ethers.deployContract("StakingPoolMock", [await cunp.getAddress()]);
  const code = await ethers.deployContract("StageManager", [
    await parameters.getAddress(),
    await cunp.getAddress(),
    await registry.registry.getAddress(),
    await staking.getAddress(),
    await directory.getAddress(),
  ]);
  const firstCall = code.interface.encodeFunctionData("initialize", [await manager.getAddress()]);
  const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
  const stages = await ethers.getContractAt("StageManager", await proxy.getAddress());
  const operators = await admitted(registry, options.validators ?? 3);
  await stages.beginEpoch(0);
  return { ...connection, ...registry, parameters, directory, cunp, staking, stages, code, proxy, operators, council };
}

type System = Awaited<ReturnType<typeof setUp>>;

/** Lets an institution pay coins out to a holder. */
async function handOut({ cunp, council, networkHelpers, ethers, signers }: System, amount: bigint) {
  await networkHelpers.impersonateAccount(council);
  await networkHelpers.setBalance(council, 10n ** 18n);
  await cunp.connect(await ethers.getSigner(council)).transfer(signers[9]!.address, amount);
  await networkHelpers.setBalance(council, 0n);
}

/** A network with everything that Cape of Good Hope asks for. */
async function ready() {
  const system = await setUp();
  await handOut(system, THRESHOLDS.capeMinimumCommunityHeld);
  return system;
}

/** The same in Cape of Good Hope, since epoch 2. */
async function inCape() {
  const system = await ready();
  await system.stages.proposeNext();
  for (const epoch of [1, 2]) await system.stages.beginEpoch(epoch);
  await system.staking.set(THRESHOLDS.generationMinimumCandidates, THRESHOLDS.generationMinimumVotedStake);
  return system;
}

const unmet = (name: string, value: bigint, required: bigint) => [encodeBytes32String(name), value, required] as const;

describe("StageManager", () => {
  it("[NET-1] [STG-1] starts in Origin, once, and only an upgrade by governance replaces its code", async () => {
    const { stages, code, proxy, manager, signers, ethers } = await setUp();
    await expect(proxy.deploymentTransaction()).to.emit(stages, "StageEntered").withArgs(Stage.origin);
    expect(await stages.stage()).to.equal(Stage.origin);
    const block = await ethers.provider.getBlock(proxy.deploymentTransaction()!.blockNumber!);
    expect(await stages.enteredAt(Stage.origin)).to.equal(block!.timestamp);
    expect(await stages.enteredAt(Stage.cape)).to.equal(0n);
    expect(await stages.implementation()).to.equal(await code.getAddress());
    for (const target of [stages, code]) {
      await expect(target.initialize(await manager.getAddress())).to.be.revertedWithCustomError(
        target,
        "InvalidInitialization",
      );
    }
    const stranger = stages.connect(signers[2]!);
    for (const attempt of [() => stranger.upgradeToAndCall(signers[3]!.address, "0x"), () => stranger.beginEpoch(1)]) {
      await expect(attempt())
        .to.be.revertedWithCustomError(stages, "AccessManagedUnauthorized")
        .withArgs(signers[2]!.address);
    }
  });

  it("[NET-2] [STG-2] refuses Cape of Good Hope while a validator is missing", async () => {
    const system = await setUp({ validators: 1 });
    await handOut(system, THRESHOLDS.capeMinimumCommunityHeld);
    await expect(system.stages.proposeNext())
      .to.be.revertedWithCustomError(system.stages, "StagePreconditionUnmet")
      .withArgs(...unmet("capeMinimumValidators", 1n, 2n));
  });

  it("[NET-2] [STG-2] refuses Cape of Good Hope while a wei is missing in the community's hands, or who counts is jailed", async () => {
    const system = await setUp();
    const { stages, registry, operators } = system;
    const required = THRESHOLDS.capeMinimumCommunityHeld;
    await handOut(system, required - 1n);
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(stages, "StagePreconditionUnmet")
      .withArgs(...unmet("capeMinimumCommunityHeld", required - 1n, required));
    await handOut(system, 1n);
    for (const operator of operators.slice(0, 2)) await registry.jail(operator, 0);
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(stages, "StagePreconditionUnmet")
      .withArgs(...unmet("capeMinimumValidators", 1n, 2n));
  });

  it("[NET-2] [STG-3] a stage begins with the epoch after the next, not earlier, and is known until then", async () => {
    const { stages, signers, ethers } = await ready();
    await stages.beginEpoch(1);
    await expect(stages.connect(signers[8]!).proposeNext())
      .to.emit(stages, "StageProposed")
      .withArgs(Stage.cape, 3n)
      .not.to.emit(stages, "StageEntered");
    const expectStages = async (present: bigint) => {
      expect(await stages.stage()).to.equal(present);
      const each = await Promise.all([0, 2, 3, 1_000].map((epoch) => stages.stageOf(epoch)));
      expect(each).to.deep.equal([Stage.origin, Stage.origin, Stage.cape, Stage.cape]);
    };
    await expectStages(Stage.origin);
    await expect(stages.beginEpoch(2)).not.to.emit(stages, "StageEntered");
    await expectStages(Stage.origin);
    expect(await stages.enteredAt(Stage.cape)).to.equal(0n);
    await expect(stages.beginEpoch(3)).to.emit(stages, "StageEntered").withArgs(Stage.cape);
    await expectStages(Stage.cape);
    expect(await stages.enteredAt(Stage.cape)).to.equal((await ethers.provider.getBlock("latest"))!.timestamp);
  });

  it("[STG-3] proposes twice, or the stage after the next one before the next has begun", async () => {
    const { stages, staking } = await ready();
    await staking.set(THRESHOLDS.generationMinimumCandidates, THRESHOLDS.generationMinimumVotedStake);
    await stages.proposeNext();
    const expectRefusal = () =>
      expect(stages.proposeNext()).to.be.revertedWithCustomError(stages, "StagePending").withArgs(Stage.cape, 2n);
    await expectRefusal();
    await stages.beginEpoch(1);
    await expectRefusal();
    await stages.beginEpoch(2);
    await expect(stages.proposeNext()).to.emit(stages, "StageProposed").withArgs(Stage.generation, 4n);
    const each = await Promise.all([0, 1, 2, 3, 4, 9].map((epoch) => stages.stageOf(epoch)));
    expect(each).to.deep.equal([0n, 0n, 1n, 1n, 2n, 2n]);
  });

  it("[NET-2] [STG-2] refuses New Generation while validators, candidates or voted stake are missing", async () => {
    const { stages, staking, registry, operators } = await inCape();
    const { generationMinimumCandidates: candidates, generationMinimumVotedStake: stake } = THRESHOLDS;
    await staking.set(candidates - 1n, stake);
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(stages, "StagePreconditionUnmet")
      .withArgs(...unmet("generationMinimumCandidates", candidates - 1n, candidates));
    await staking.set(candidates, stake - 1n);
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(stages, "StagePreconditionUnmet")
      .withArgs(...unmet("generationMinimumVotedStake", stake - 1n, stake));
    await staking.set(candidates, stake);
    await registry.jail(operators[0]!, 0);
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(stages, "StagePreconditionUnmet")
      .withArgs(...unmet("generationMinimumValidators", 2n, 3n));
  });

  it("[NET-1] [STG-1] New Generation is the last stage and none ever goes back, whatever falls below its threshold", async () => {
    const system = await inCape();
    const { stages, staking, registry, operators } = system;
    await stages.proposeNext();
    await staking.set(0n, 0n);
    for (const operator of operators) await registry.remove(operator);
    for (let epoch = 3; epoch < 9; epoch++) {
      await stages.beginEpoch(epoch);
      expect(await stages.stage()).to.equal(epoch < 4 ? Stage.cape : Stage.generation);
    }
    await expect(stages.proposeNext()).to.be.revertedWithCustomError(stages, "StageLast");
    expect(await stages.enteredAt(Stage.generation)).to.be.greaterThan(await stages.enteredAt(Stage.cape));
  });

  it("[STG-3] reverts with StageEpochOutOfOrder when an epoch is left out or repeated", async () => {
    const { stages } = await setUp();
    for (const wrong of [0, 2, 3]) {
      await expect(stages.beginEpoch(wrong))
        .to.be.revertedWithCustomError(stages, "StageEpochOutOfOrder")
        .withArgs(wrong, 1n);
    }
    await stages.beginEpoch(1);
    await expect(stages.beginEpoch(1)).to.be.revertedWithCustomError(stages, "StageEpochOutOfOrder").withArgs(1n, 2n);
  });

  it("a proposal before the first epoch is one in it; Origin is entered once only", async () => {
    const { ethers, manager, code, parameters } = await setUp();
    const firstCall = code.interface.encodeFunctionData("initialize", [await manager.getAddress()]);
    const proxy = await ethers.deployContract("ERC1967Proxy", [await code.getAddress(), firstCall]);
    const fresh = await ethers.getContractAt("StageManager", await proxy.getAddress());
    await parameters.set(encodeBytes32String("capeMinimumCommunityHeld"), 0n, 0);
    await expect(fresh.beginEpoch(1)).to.be.revertedWithCustomError(fresh, "StageEpochOutOfOrder").withArgs(1n, 0n);
    await expect(fresh.proposeNext()).to.emit(fresh, "StageProposed").withArgs(Stage.cape, 2n);
    for (const epoch of [0, 1]) await expect(fresh.beginEpoch(epoch)).not.to.emit(fresh, "StageEntered");
    await expect(fresh.beginEpoch(2)).to.emit(fresh, "StageEntered").withArgs(Stage.cape);
  });

  it("[NET-2] thresholds are governed parameters", async () => {
    const { stages, parameters } = await setUp();
    await parameters.set(encodeBytes32String("capeMinimumCommunityHeld"), 0n, 0);
    await stages.proposeNext();
  });
});

describe("StageManager: what the community holds", () => {
  it("[STG-2] is nothing while the institutions hold all, and what is staked or held by anyone else afterwards", async () => {
    const system = await setUp();
    const { stages, cunp, staking, signers } = system;
    expect(await cunp.totalSupply()).to.equal(GENESIS);
    expect(await stages.communityHeld()).to.equal(0n);
    await handOut(system, 100n);
    await cunp.connect(signers[9]!).transfer(await staking.getAddress(), 60n);
    expect(await stages.communityHeld()).to.equal(100n);
    await cunp.connect(signers[9]!).burn(10n);
    expect(await stages.communityHeld()).to.equal(90n);
  });

  it("[STG-2] counts both forms once on a CUN chain, whoever wraps, unwraps or sends to an institution", async () => {
    const system = await setUp({ native: true });
    const { stages, cunp, signers, networkHelpers, council, ethers } = system;
    // Test accounts hold native coin out of nowhere: what counts is what is missing in the reserve.
    const reserve = await ethers.provider.getBalance(await cunp.getAddress());
    expect(reserve).to.equal(CAP - PREFUND);
    expect(await stages.communityHeld()).to.equal(PREFUND);
    await handOut(system, 100n);
    expect(await stages.communityHeld()).to.equal(PREFUND + 100n);
    const holder = cunp.connect(signers[9]!);
    await holder.unwrap(40n);
    expect(await stages.communityHeld()).to.equal(PREFUND + 100n);
    await holder.wrap({ value: 70n });
    expect(await stages.communityHeld()).to.equal(PREFUND + 100n);
    await networkHelpers.setBalance(council, 30n);
    expect(await stages.communityHeld()).to.equal(PREFUND + 70n);
    await holder.transfer(council, 5n);
    expect(await stages.communityHeld()).to.equal(PREFUND + 65n);
  });

  it("does not let a stage pass when an institution is not published", async () => {
    const { stages, directory } = await setUp({ institutions: ["ValidatorCouncil", "NodesFund"] });
    await expect(stages.proposeNext())
      .to.be.revertedWithCustomError(directory, "DirectoryNameUnknown")
      .withArgs(encodeBytes32String("BusinessContributions"));
  });
});
