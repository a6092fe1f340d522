/**
 * CUNP: cap, genesis, emission, native reserve, votes, and what attackers try.
 */
import { expect } from "chai";
import { parseEther, ZeroAddress } from "ethers";
import {
  allowEmission,
  CAP,
  COMMUNITY,
  type CUNPOptions,
  deployCUNP,
  FIGURE_6,
  GENESIS,
  zeroRecipients,
} from "../../helpers/cunp.ts";
import { connect } from "../../helpers/finality.ts";

const PREFUND = parseEther("200000");

async function setup(options: CUNPOptions) {
  const connection = await connect();
  return { ...connection, ...(await deployCUNP(connection, options)) };
}
const native = () => setup({ native: true, prefund: PREFUND });
const foreign = () => setup({ native: false });

describe("CUNP: genesis", () => {
  it("reverts with CUNPPrefundUnsupported when a foreign network claims a native prefund", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("CUNP");
    await expect(deployCUNP(connection, { native: false, prefund: 1n }))
      .to.be.revertedWithCustomError(factory, "CUNPPrefundUnsupported")
      .withArgs(1n);
  });

  it("reverts with CUNPPrefundTooLarge when genesis gave out more than the community's coins", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("CUNP");
    await expect(deployCUNP(connection, { native: true, prefund: COMMUNITY + 1n }))
      .to.be.revertedWithCustomError(factory, "CUNPPrefundTooLarge")
      .withArgs(COMMUNITY + 1n, COMMUNITY);
  });

  it("reverts with CUNPReserveTooSmall when the address holds a wei less than it must", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("CUNP");
    await expect(deployCUNP(connection, { native: true, prefund: PREFUND, reserve: CAP - PREFUND - 1n }))
      .to.be.revertedWithCustomError(factory, "CUNPReserveTooSmall")
      .withArgs(CAP - PREFUND - 1n, CAP - PREFUND);
  });

  it("is not stopped by an attacker who sends a wei to its address beforehand", async () => {
    const { cunp } = await setup({ native: true, prefund: PREFUND, reserve: CAP - PREFUND + 1n });
    expect(await cunp.emitted()).to.equal(GENESIS);
  });

  it("reverts with ERC20InvalidReceiver when a contributor has no address", async () => {
    const connection = await connect();
    const factory = await connection.ethers.getContractFactory("CUNP");
    await expect(deployCUNP(connection, { native: false, recipients: zeroRecipients })).to.be.revertedWithCustomError(
      factory,
      "ERC20InvalidReceiver",
    );
  });

  it("[EMI-3] mints exactly figure 6 to the five contributors", async () => {
    const { cunp, recipients } = await foreign();
    for (const [index, recipient] of recipients.entries()) {
      expect(await cunp.balanceOf(recipient)).to.equal(FIGURE_6[index]);
    }
    expect(await cunp.totalSupply()).to.equal(GENESIS);
    expect(await cunp.emitted()).to.equal(parseEther("19290000"));
  });

  it("[EMI-3] [EMI-8] counts native coin given out at genesis as part of the community's", async () => {
    const { cunp, recipients } = await native();
    expect(await cunp.balanceOf(recipients[3]!)).to.equal(COMMUNITY - PREFUND);
    expect(await cunp.totalSupply()).to.equal(GENESIS - PREFUND);
    expect(await cunp.emitted()).to.equal(GENESIS);
  });

  it("gives all of the community's coins natively when the prefund takes them all", async () => {
    const { cunp, recipients } = await setup({ native: true, prefund: COMMUNITY });
    expect(await cunp.balanceOf(recipients[3]!)).to.equal(0n);
  });
});

describe("CUNP: emission", () => {
  it("[CUNP-6] reverts with AccessManagedUnauthorized when a stranger mints", async () => {
    const { cunp, signers } = await foreign();
    await expect(cunp.connect(signers[7]!).mint(signers[7]!.address, 1n))
      .to.be.revertedWithCustomError(cunp, "AccessManagedUnauthorized")
      .withArgs(signers[7]!.address);
  });

  it("[EMI-1] [CUNP-1] reverts with CUNPCapExceeded a wei above the cap, and reaches the cap exactly", async () => {
    const system = await foreign();
    const { cunp, admin } = system;
    await allowEmission(system, admin.address);
    await expect(cunp.mint(admin.address, CAP - GENESIS + 1n))
      .to.be.revertedWithCustomError(cunp, "CUNPCapExceeded")
      .withArgs(GENESIS, CAP - GENESIS + 1n, CAP);
    await expect(cunp.mint(admin.address, CAP - GENESIS))
      .to.emit(cunp, "Emitted")
      .withArgs(admin.address, CAP - GENESIS, CAP);
    await expect(cunp.mint(admin.address, 1n)).to.be.revertedWithCustomError(cunp, "CUNPCapExceeded");
    expect(await cunp.totalSupply()).to.equal(CAP);
  });

  it("[EMI-1] reverts with CUNPCapExceeded when the amount would overflow", async () => {
    const system = await foreign();
    await allowEmission(system, system.admin.address);
    await expect(system.cunp.mint(system.admin.address, 2n ** 256n - 1n)).to.be.revertedWithCustomError(
      system.cunp,
      "CUNPCapExceeded",
    );
  });

  it("[EMI-1] [CUNP-1] reverts with ERC20ExceededSafeSupply when native coin out of nowhere is wrapped beyond the cap", async () => {
    const system = await native();
    const { cunp, admin, networkHelpers } = system;
    await allowEmission(system, admin.address);
    await cunp.mint(admin.address, CAP - GENESIS);
    await networkHelpers.setBalance(admin.address, CAP);
    const room = CAP - (await cunp.totalSupply());
    await expect(cunp.wrap({ value: room + 1n }))
      .to.be.revertedWithCustomError(cunp, "ERC20ExceededSafeSupply")
      .withArgs(CAP + 1n, CAP);
    await cunp.wrap({ value: room });
  });

  it("[EMI-9] [CUNP-3] never emits again what was burnt", async () => {
    const system = await foreign();
    const { cunp, admin, signers } = system;
    await allowEmission(system, admin.address);
    await cunp.mint(admin.address, CAP - GENESIS);
    await cunp.connect(signers[2]!).burn(parseEther("10000000"));
    expect(await cunp.totalSupply()).to.equal(CAP - parseEther("10000000"));
    expect(await cunp.emitted()).to.equal(CAP);
    await expect(cunp.mint(admin.address, 1n)).to.be.revertedWithCustomError(cunp, "CUNPCapExceeded");
  });
});

describe("CUNP: native coin", () => {
  it("reverts with CUNPNativeUnsupported on a foreign network, whichever way coin comes or goes", async () => {
    const { cunp, signers } = await foreign();
    const holder = cunp.connect(signers[1]!);
    const address = await cunp.getAddress();
    await expect(holder.wrap({ value: 1n })).to.be.revertedWithCustomError(cunp, "CUNPNativeUnsupported");
    await expect(holder.unwrap(1n)).to.be.revertedWithCustomError(cunp, "CUNPNativeUnsupported");
    await expect(holder.unwrapTo(signers[2]!.address, 1n)).to.be.revertedWithCustomError(cunp, "CUNPNativeUnsupported");
    await expect(signers[1]!.sendTransaction({ to: address, value: 1n })).to.be.revertedWithCustomError(
      cunp,
      "CUNPNativeUnsupported",
    );
  });

  it("reverts with CUNPRecipientInvalid when coin would go to nobody or back into the reserve", async () => {
    const { cunp, signers } = await native();
    const holder = cunp.connect(signers[1]!);
    for (const recipient of [ZeroAddress, await cunp.getAddress()]) {
      await expect(holder.unwrapTo(recipient, 1n))
        .to.be.revertedWithCustomError(cunp, "CUNPRecipientInvalid")
        .withArgs(recipient);
    }
  });

  it("reverts with CUNPNativeTransferFailed when the recipient refuses, and nothing is burnt", async () => {
    const { cunp, signers, ethers } = await native();
    const refusing = await ethers.deployContract("RefusingReceiver");
    const before = await cunp.balanceOf(signers[1]!.address);
    await expect(cunp.connect(signers[1]!).unwrapTo(await refusing.getAddress(), 5n))
      .to.be.revertedWithCustomError(cunp, "CUNPNativeTransferFailed")
      .withArgs(await refusing.getAddress(), 5n);
    expect(await cunp.balanceOf(signers[1]!.address)).to.equal(before);
  });

  it("reverts with ERC20InsufficientBalance when more is unwrapped than the caller has", async () => {
    const { cunp, signers } = await native();
    const balance = await cunp.balanceOf(signers[1]!.address);
    await expect(cunp.connect(signers[1]!).unwrap(balance + 1n)).to.be.revertedWithCustomError(
      cunp,
      "ERC20InsufficientBalance",
    );
  });

  it("[EMI-8] exchanges both forms 1:1 and leaves emission as it is", async () => {
    const { cunp, signers, ethers } = await native();
    const [, holder, other] = signers;
    const address = await cunp.getAddress();
    await expect(cunp.connect(holder!).unwrapTo(other!.address, 100n)).to.changeEtherBalances(
      ethers,
      [address, other!.address],
      [-100n, 100n],
    );
    await expect(cunp.connect(other!).wrap({ value: 40n }))
      .to.emit(cunp, "Wrapped")
      .withArgs(other!.address, 40n);
    await expect(other!.sendTransaction({ to: address, value: 2n })).to.changeTokenBalance(
      ethers,
      cunp,
      other!.address,
      2n,
    );
    await expect(cunp.connect(other!).unwrap(42n))
      .to.emit(cunp, "Unwrapped")
      .withArgs(other!.address, other!.address, 42n);
    expect(await cunp.emitted()).to.equal(GENESIS);
  });

  it("[CUNP-2] [CUNP-4] a receiver that re-enters unwrap gets exactly what it had", async () => {
    const { cunp, signers, ethers } = await native();
    const attacker = await ethers.deployContract("ReentrantReceiver", [await cunp.getAddress()]);
    const address = await attacker.getAddress();
    await cunp.connect(signers[1]!).transfer(address, 250n);
    // Three re-entries of 100 each would take 400 if the balance were only reduced afterwards.
    await expect(attacker.attack(100n)).to.be.revertedWithCustomError(cunp, "CUNPNativeTransferFailed");
    await cunp.connect(signers[1]!).transfer(address, 150n);
    await attacker.attack(100n);
    expect(await ethers.provider.getBalance(address)).to.equal(400n);
    expect(await cunp.balanceOf(address)).to.equal(0n);
    expect(await ethers.provider.getBalance(await cunp.getAddress())).to.equal(CAP - PREFUND - 400n);
  });
});

describe("CUNP: votes and permits", () => {
  it("[CUNP-5] votes follow transfers, wrapping and burning, at timestamps", async () => {
    const { cunp, signers, networkHelpers } = await native();
    const [, holder, other] = signers;
    expect(await cunp.CLOCK_MODE()).to.equal("mode=timestamp");
    await cunp.connect(holder!).delegate(holder!.address);
    await cunp.connect(other!).delegate(holder!.address);
    const all = (await cunp.balanceOf(holder!.address)) + (await cunp.balanceOf(other!.address));
    expect(await cunp.getVotes(holder!.address)).to.equal(all);
    const moment = await cunp.clock();
    await networkHelpers.mine();
    await cunp.connect(holder!).transfer(signers[8]!.address, 10n);
    await cunp.connect(holder!).burn(5n);
    await cunp.connect(other!).unwrap(7n);
    await cunp.connect(other!).wrap({ value: 3n });
    expect(await cunp.getVotes(holder!.address)).to.equal(all - 10n - 5n - 7n + 3n);
    expect(await cunp.getPastVotes(holder!.address, moment)).to.equal(all);
  });

  it("takes a permit once, and not from another signer", async () => {
    const { cunp, signers, ethers } = await foreign();
    const [, holder, spender] = signers;
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "Coopunion", version: "1", chainId, verifyingContract: await cunp.getAddress() };
    const fields = ["owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256"];
    const types = { Permit: fields.map((field) => ({ name: field.split(" ")[0]!, type: field.split(" ")[1]! })) };
    const deadline = 2n ** 40n;
    const message = { owner: holder!.address, spender: spender!.address, value: 9n, nonce: 0n, deadline };
    const { v, r, s } = ethers.Signature.from(await holder!.signTypedData(domain, types, message));
    const permit = () => cunp.permit(holder!.address, spender!.address, 9n, deadline, v, r, s);
    await permit();
    expect(await cunp.allowance(holder!.address, spender!.address)).to.equal(9n);
    expect(await cunp.nonces(holder!.address)).to.equal(1n);
    await expect(permit()).to.be.revertedWithCustomError(cunp, "ERC2612InvalidSigner");
  });
});
