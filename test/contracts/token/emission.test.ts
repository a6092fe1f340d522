/**
 * EmissionController: five buckets, the eco-fund's rule, the team's release.
 */
import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import { CAP, FIGURE_6, GENESIS } from "../../helpers/cunp.ts";
import {
  BUCKETS,
  BUSINESS,
  CAPS,
  COMMUNITY,
  deployEmission,
  ECO_FUND,
  generated,
  NODES,
  REMAINING,
  sum,
  TEAM,
} from "../../helpers/emission.ts";
import { connect } from "../../helpers/finality.ts";

const RECIPIENT = "0x00000000000000000000000000000000000000AA";
const EVERYTHING = 2n ** 256n - 1n;
const YEAR = 365n * 86_400n;
const TEAM_RELEASE = parseEther("142500000");

async function setup() {
  const connection = await connect();
  return { ...connection, ...(await deployEmission(connection)) };
}

describe("EmissionController: genesis", () => {
  it("[EMI-2] [EMI-3] [EMC-1] starts with figure 6 exactly, bucket by bucket", async () => {
    const system = await setup();
    expect(await generated(system)).to.deep.equal(FIGURE_6);
    expect(await Promise.all(BUCKETS.map((bucket) => system.emission.capOf(bucket)))).to.deep.equal(CAPS);
    expect(await Promise.all(BUCKETS.map((bucket) => system.emission.remainingOf(bucket)))).to.deep.equal(REMAINING);
    expect(sum(CAPS)).to.equal(CAP);
    expect(sum(FIGURE_6)).to.equal(await system.cunp.emitted());
    expect(await system.emission.CUNP()).to.equal(await system.cunp.getAddress());
    expect(await system.emission.ECO_FUND_ACCOUNT()).to.equal(system.ecoFund.address);
    expect(await system.emission.TEAM_ACCOUNT()).to.equal(system.team.address);
  });

  it("reverts with EmissionRecipientZero when the eco-fund or the team has no address", async () => {
    const { ethers, manager, cunp, emission, team } = await setup();
    const factory = await ethers.getContractFactory("EmissionController");
    for (const accounts of [
      [ZeroAddress, team.address],
      [team.address, ZeroAddress],
    ]) {
      await expect(
        factory.deploy(await manager.getAddress(), await cunp.getAddress(), accounts[0]!, accounts[1]!),
      ).to.be.revertedWithCustomError(emission, "EmissionRecipientZero");
    }
  });

  it("reverts with EmissionGenesisMismatch when CUNP has emitted more than figure 6 before", async () => {
    const { ethers, manager, cunp, emission, team, asEpochs } = await setup();
    await asEpochs.emitBlockReward(RECIPIENT, 1n);
    const factory = await ethers.getContractFactory("EmissionController");
    await expect(factory.deploy(await manager.getAddress(), await cunp.getAddress(), team.address, team.address))
      .to.be.revertedWithCustomError(emission, "EmissionGenesisMismatch")
      .withArgs(GENESIS + 1n, GENESIS);
  });

  it("reverts with EmissionBucketUnknown for a sixth bucket", async () => {
    const { emission } = await setup();
    for (const ask of [emission.capOf, emission.generatedOf, emission.remainingOf]) {
      await expect(ask(5n)).to.be.revertedWithCustomError(emission, "EmissionBucketUnknown").withArgs(5n);
    }
  });
});

describe("EmissionController: emissions", () => {
  it("[EMI-4] pays block and staking rewards from the nodes' bucket and says so", async () => {
    const { emission, cunp, asEpochs, asPool } = await setup();
    await expect(asEpochs.emitBlockReward(RECIPIENT, 5n))
      .to.emit(emission, "BucketEmitted")
      .withArgs(NODES, RECIPIENT, 5n, 5n, FIGURE_6[0]! + 5n);
    expect(await asPool.emitStakingReward.staticCall(RECIPIENT, 7n)).to.equal(7n);
    await asPool.emitStakingReward(RECIPIENT, 7n);
    expect(await emission.generatedOf(NODES)).to.equal(FIGURE_6[0]! + 12n);
    expect(await cunp.balanceOf(RECIPIENT)).to.equal(12n);
  });

  it("[EMI-7] pays business rewards and the community from buckets of their own", async () => {
    const { emission, asBusiness, asTreasury } = await setup();
    await asBusiness.emitBusinessReward(RECIPIENT, 3n);
    await asTreasury.emitCommunity(RECIPIENT, 4n);
    expect(await emission.generatedOf(BUSINESS)).to.equal(FIGURE_6[1]! + 3n);
    expect(await emission.generatedOf(COMMUNITY)).to.equal(FIGURE_6[3]! + 4n);
    expect(await emission.generatedOf(NODES)).to.equal(FIGURE_6[0]);
  });

  it("[EMC-3] starving the path with an exhausted bucket pays what is left, then nothing, and never reverts", async () => {
    const { emission, cunp, asEpochs, asPool, asBusiness, asTreasury } = await setup();
    await asEpochs.emitBlockReward(RECIPIENT, REMAINING[0]! - 10n);
    await expect(asPool.emitStakingReward(RECIPIENT, 11n))
      .to.emit(emission, "BucketEmitted")
      .withArgs(NODES, RECIPIENT, 11n, 10n, CAPS[0]);
    for (const amount of [0n, 1n, EVERYTHING]) {
      await expect(asEpochs.emitBlockReward(RECIPIENT, amount))
        .to.emit(emission, "BucketEmitted")
        .withArgs(NODES, RECIPIENT, amount, 0n, CAPS[0]);
    }
    // The others go on.
    await asBusiness.emitBusinessReward(RECIPIENT, EVERYTHING);
    await asTreasury.emitCommunity(RECIPIENT, EVERYTHING);
    expect(await cunp.balanceOf(RECIPIENT)).to.equal(REMAINING[0]! + REMAINING[1]! + REMAINING[3]!);
  });

  it("reverts with EmissionRecipientZero instead of losing coins", async () => {
    const { emission, asEpochs, asTreasury } = await setup();
    await expect(asEpochs.emitBlockReward(ZeroAddress, 1n)).to.be.revertedWithCustomError(
      emission,
      "EmissionRecipientZero",
    );
    await expect(asTreasury.emitCommunity(ZeroAddress, 0n)).to.be.revertedWithCustomError(
      emission,
      "EmissionRecipientZero",
    );
  });
});

describe("EmissionController: the eco-fund", () => {
  /** The others' total from which 1/9 of it passes figure 6's 930,000. */
  const THRESHOLD = parseEther("8370000");
  const OTHERS = FIGURE_6[0]! + FIGURE_6[3]! + FIGURE_6[4]!;

  it("[EMI-5] [EMC-4] gets nothing until the others reach 9 × 930,000, then a wei for each nine", async () => {
    const { emission, cunp, ecoFund, asEpochs, asTreasury } = await setup();
    await asEpochs.emitBlockReward(RECIPIENT, THRESHOLD - OTHERS + 8n);
    expect(await emission.generatedOf(ECO_FUND)).to.equal(FIGURE_6[2]);
    await expect(asTreasury.emitCommunity(RECIPIENT, 1n))
      .to.emit(emission, "BucketEmitted")
      .withArgs(ECO_FUND, ecoFund.address, 1n, 1n, FIGURE_6[2]! + 1n);
    await asTreasury.emitCommunity(RECIPIENT, 90n);
    expect(await emission.generatedOf(ECO_FUND)).to.equal(FIGURE_6[2]! + 11n);
    expect(await cunp.balanceOf(ecoFund.address)).to.equal(FIGURE_6[2]! + 11n);
  });

  it("[EMI-5] is then exactly a tenth of all that is not business", async () => {
    const system = await setup();
    await system.asEpochs.emitBlockReward(RECIPIENT, parseEther("9000000") - OTHERS);
    await system.asBusiness.emitBusinessReward(RECIPIENT, parseEther("5000000"));
    const amounts = await generated(system);
    expect(amounts[2]).to.equal(parseEther("1000000"));
    expect((sum(amounts) - amounts[1]!) / 10n).to.equal(amounts[2]);
  });

  it("does not follow business rewards", async () => {
    const { emission, asBusiness } = await setup();
    await asBusiness.emitBusinessReward(RECIPIENT, EVERYTHING);
    expect(await emission.generatedOf(ECO_FUND)).to.equal(FIGURE_6[2]);
  });

  it("[EMC-4] loses nothing to rounding, however small the emissions are", async () => {
    const { emission, asEpochs } = await setup();
    await asEpochs.emitBlockReward(RECIPIENT, THRESHOLD - OTHERS);
    for (let wei = 0; wei < 27; wei++) await asEpochs.emitBlockReward(RECIPIENT, 1n);
    expect(await emission.generatedOf(ECO_FUND)).to.equal(FIGURE_6[2]! + 3n);
  });

  it("[EMI-1] [EMI-5] ends at 77,777,777.8 when the others are complete: 1/9 of 700 million", async () => {
    const system = await setup();
    const { emission, cunp, networkHelpers, asEpochs, asBusiness, asTreasury } = system;
    await asTreasury.recordListing();
    await networkHelpers.time.increase(YEAR);
    await emission.releaseTeam();
    await asEpochs.emitBlockReward(RECIPIENT, EVERYTHING);
    await asBusiness.emitBusinessReward(RECIPIENT, EVERYTHING);
    await asTreasury.emitCommunity(RECIPIENT, EVERYTHING);
    const ecoFund = parseEther("700000000") / 9n;
    expect(await generated(system)).to.deep.equal([CAPS[0], CAPS[1], ecoFund, CAPS[3], CAPS[4]]);
    expect(await cunp.emitted()).to.equal(parseEther("900000000") + ecoFund);
  });
});

describe("EmissionController: the team's release", () => {
  it("reverts with EmissionListingMissing when the team releases before the listing", async () => {
    const { emission, stranger, networkHelpers } = await setup();
    await networkHelpers.time.increase(10n * YEAR);
    expect(await emission.releasable()).to.equal(0n);
    expect(await emission.listedAt()).to.equal(0n);
    await expect(emission.connect(stranger).releaseTeam()).to.be.revertedWithCustomError(
      emission,
      "EmissionListingMissing",
    );
  });

  it("reverts with EmissionListingRecorded when governance records the listing twice", async () => {
    const { emission, asTreasury, networkHelpers } = await setup();
    await expect(asTreasury.recordListing()).to.emit(emission, "ListingRecorded");
    const listedAt = await emission.listedAt();
    expect(listedAt).to.equal(await networkHelpers.time.latest());
    await networkHelpers.time.increase(2n * YEAR);
    await expect(asTreasury.recordListing())
      .to.be.revertedWithCustomError(emission, "EmissionListingRecorded")
      .withArgs(listedAt);
  });

  it("[EMI-6] [EMC-5] follows the line of 365 days month by month, and stops at its end", async () => {
    const { emission, cunp, team, stranger, asTreasury, networkHelpers } = await setup();
    await asTreasury.recordListing();
    const listedAt = await emission.listedAt();
    const before = await cunp.balanceOf(team.address);
    for (let month = 1n; month <= 12n; month++) {
      const elapsed = (YEAR * month) / 12n;
      await networkHelpers.time.setNextBlockTimestamp(listedAt + elapsed);
      await emission.connect(stranger).releaseTeam();
      expect(await emission.generatedOf(TEAM), `month ${month}`).to.equal(FIGURE_6[4]! + (TEAM_RELEASE * month) / 12n);
      expect(await emission.releasable()).to.equal(0n);
    }
    expect(await emission.generatedOf(TEAM)).to.equal(CAPS[4]);
    expect((await cunp.balanceOf(team.address)) - before).to.equal(TEAM_RELEASE);
    await networkHelpers.time.increase(YEAR);
    await emission.releaseTeam();
    expect(await emission.generatedOf(TEAM)).to.equal(CAPS[4]);
  });

  it("[EMC-5] gives the same to whoever releases every day, irregularly, or once", async () => {
    const results: bigint[] = [];
    for (const pauses of [Array<bigint>(50).fill(86_400n), [1n, 3n, 4_319_996n], [4_320_000n]]) {
      const { emission, asTreasury, networkHelpers } = await setup();
      await asTreasury.recordListing();
      let at = await emission.listedAt();
      for (const pause of pauses) {
        at += pause;
        await networkHelpers.time.setNextBlockTimestamp(at);
        await emission.releaseTeam();
      }
      results.push(await emission.generatedOf(TEAM));
    }
    expect(results).to.deep.equal(Array(3).fill(FIGURE_6[4]! + (TEAM_RELEASE * 50n) / 365n));
  });

  it("says beforehand what a release would mint", async () => {
    const { emission, asTreasury, networkHelpers } = await setup();
    await asTreasury.recordListing();
    await networkHelpers.time.increaseTo((await emission.listedAt()) + YEAR / 5n);
    expect(await emission.releasable()).to.equal(TEAM_RELEASE / 5n);
    expect(await emission.releaseTeam.staticCall()).to.equal(TEAM_RELEASE / 5n);
  });
});

describe("EmissionController: attacks", () => {
  it("[EMI-1] [EMC-2] minting past a cap with every role at once ends at the caps", async () => {
    const system = await setup();
    const { emission, cunp, asEpochs, asPool, asBusiness, asTreasury } = system;
    for (let round = 0; round < 3; round++) {
      await asEpochs.emitBlockReward(RECIPIENT, EVERYTHING);
      await asPool.emitStakingReward(RECIPIENT, EVERYTHING);
      await asBusiness.emitBusinessReward(RECIPIENT, EVERYTHING);
      await asTreasury.emitCommunity(RECIPIENT, EVERYTHING);
    }
    const amounts = await generated(system);
    expect([amounts[0], amounts[1], amounts[3]]).to.deep.equal([CAPS[0], CAPS[1], CAPS[3]]);
    expect(sum(amounts)).to.equal(await cunp.emitted());
    expect(await emission.remainingOf(NODES)).to.equal(0n);
  });

  it("[CUNP-6] a stranger, and each role outside its own functions, is refused with AccessManagedUnauthorized", async () => {
    const { emission, cunp, stranger, holders } = await setup();
    const calls = [
      ["emitBlockReward", holders.epochs],
      ["emitStakingReward", holders.pool],
      ["emitBusinessReward", holders.business],
      ["emitCommunity", holders.treasury],
    ] as const;
    for (const [method, rightful] of calls) {
      for (const caller of [stranger, ...Object.values(holders)].filter((account) => account !== rightful)) {
        await expect(emission.connect(caller)[method](caller.address, 1n))
          .to.be.revertedWithCustomError(emission, "AccessManagedUnauthorized")
          .withArgs(caller.address);
      }
    }
    for (const caller of [stranger, holders.epochs, holders.pool, holders.business]) {
      await expect(emission.connect(caller).recordListing()).to.be.revertedWithCustomError(
        emission,
        "AccessManagedUnauthorized",
      );
      await expect(cunp.connect(caller).mint(caller.address, 1n)).to.be.revertedWithCustomError(
        cunp,
        "AccessManagedUnauthorized",
      );
    }
  });

  it("[EMI-1] raising a cap through an upgrade is impossible: no proxy, no setter, one way to mint", async () => {
    const { emission, ethers } = await setup();
    const writers = emission.interface.fragments.flatMap((fragment) =>
      fragment.type === "function" && "constant" in fragment && !fragment.constant && "name" in fragment
        ? [fragment.name as string]
        : [],
    );
    expect(writers.sort()).to.deep.equal([
      "emitBlockReward",
      "emitBusinessReward",
      "emitCommunity",
      "emitStakingReward",
      "recordListing",
      "releaseTeam",
      "setAuthority",
    ]);
    const slot = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"; // ERC-1967
    expect(BigInt(await ethers.provider.getStorage(await emission.getAddress(), slot))).to.equal(0n);
  });

  it("[EMI-9] [CUNP-3] burning does not let a bucket generate again", async () => {
    const { emission, cunp, asEpochs, signers } = await setup();
    await asEpochs.emitBlockReward(signers[11]!.address, EVERYTHING);
    await cunp.connect(signers[11]!).burn(REMAINING[0]!);
    expect(await emission.remainingOf(NODES)).to.equal(0n);
    expect(await asEpochs.emitBlockReward.staticCall(RECIPIENT, 1n)).to.equal(0n);
  });

  it("[EMC-3] a second minter that governance lets in starves the path, and it still does not revert", async () => {
    const { emission, cunp, manager, signers, asEpochs, asTreasury } = await setup();
    await manager.grantRole(2n, signers[0]!.address, 0);
    await cunp.mint(RECIPIENT, CAP - GENESIS - 10n);
    await expect(asEpochs.emitBlockReward(RECIPIENT, parseEther("9000000")))
      .to.emit(emission, "BucketEmitted")
      .withArgs(NODES, RECIPIENT, parseEther("9000000"), 10n, FIGURE_6[0]! + 10n);
    await asTreasury.emitCommunity(RECIPIENT, EVERYTHING);
    expect(await cunp.emitted()).to.equal(CAP);
  });
});
