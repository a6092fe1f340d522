/**
 * NodesFund: the coins of the nodes become the self-stake of authorities and go nowhere else.
 */
import { expect } from "chai";
import { encodeBytes32String, parseEther, ZeroAddress } from "ethers";
import { deployCUNP, FIGURE_6 } from "../../helpers/cunp.ts";
import { connect } from "../../helpers/finality.ts";
import { admitted, authorityOf, deployRegistry, register } from "../../helpers/registry.ts";

const STAKE = parseEther("5000");

/** The fund is created before CUNP, as in a deployment; the directory is filled last. */
async function setUp() {
  const connection = await connect();
  const { ethers } = connection;
  const system = await deployRegistry(connection);
  const manager = await system.manager.getAddress();
  const directory = await ethers.deployContract("ContractDirectory", [manager]);
  const fund = await ethers.deployContract("NodesFund", [manager, await directory.getAddress()]);
  const address = await fund.getAddress();
  const others = Array.from({ length: 4 }, () => system.signers[5]!.address);
  const { cunp } = await deployCUNP(connection, { native: false, recipients: [address, ...others] });
  const staking = await ethers.deployContract("StakingPoolMock", [await cunp.getAddress()]);
  const entries = [
    ["CUNP", await cunp.getAddress(), ZeroAddress],
    ["ValidatorRegistry", await system.registry.getAddress(), await system.registry.implementation()],
    ["StakingPool", await staking.getAddress(), ZeroAddress],
  ] as const;
  for (const [name, account, code] of entries) await directory.publish(encodeBytes32String(name), account, code);
  return { ...connection, ...system, fund, cunp, staking, address };
}

describe("NodesFund", () => {
  it("[NET-3] [NOD-1] stakes 5,000 for each of 21 authorities as their own stake, and 5,000 are left", async () => {
    const system = await setUp();
    const { fund, staking, cunp, address } = system;
    expect(await fund.balance()).to.equal(FIGURE_6[0]);
    const operators = await admitted(system, 21);
    for (const operator of operators) {
      await expect(fund.stakeFor(operator, STAKE)).to.emit(fund, "NodeStaked").withArgs(operator, STAKE);
      expect(await staking.stakeOf(operator, operator)).to.equal(STAKE);
    }
    expect(await fund.balance()).to.equal(parseEther("5000"));
    expect(await cunp.balanceOf(await staking.getAddress())).to.equal(21n * STAKE);
    expect(await cunp.allowance(address, await staking.getAddress())).to.equal(0n);
  });

  it("[NOD-1] reverts with AccessManagedUnauthorized when an operator helps itself", async () => {
    const system = await setUp();
    const { fund, signers } = system;
    const [operator] = await admitted(system, 1);
    await expect(fund.connect(signers[3]!).stakeFor(operator!, STAKE))
      .to.be.revertedWithCustomError(fund, "AccessManagedUnauthorized")
      .withArgs(signers[3]!.address);
  });

  it("[NOD-1] stakes for nobody without an authority seat: no candidate, no former authority, no stranger", async () => {
    const system = await setUp();
    const { fund, registry, signers } = system;
    const candidate = await register(system, authorityOf(9));
    const [former] = await admitted(system, 1);
    await registry.remove(former!);
    for (const operator of [candidate, former!, signers[3]!.address]) {
      await expect(fund.stakeFor(operator, STAKE))
        .to.be.revertedWithCustomError(fund, "NodesFundNotAnAuthority")
        .withArgs(operator);
    }
  });

  it("[NOD-1] reverts with NodesFundTooSmall for a wei more than it has, and gives its last wei", async () => {
    const system = await setUp();
    const { fund } = system;
    const [operator] = await admitted(system, 1);
    const all = FIGURE_6[0]!;
    await expect(fund.stakeFor(operator!, all + 1n))
      .to.be.revertedWithCustomError(fund, "NodesFundTooSmall")
      .withArgs(all + 1n, all);
    await fund.stakeFor(operator!, all);
    expect(await fund.balance()).to.equal(0n);
  });
});
