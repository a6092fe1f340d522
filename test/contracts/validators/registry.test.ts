/**
 * ValidatorRegistry: seats, states, certificates, upgrades.
 */
import { expect } from "chai";
import { id, Wallet } from "ethers";
import { fingerprintOf, peerKeyOf } from "../../../node/sdk/validator-application.ts";
import { authorityOf, recertified, register, renewalOf, State, Status, setUpRegistry } from "../../helpers/registry.ts";

describe("ValidatorRegistry: seats", () => {
  it("reverts with InvalidInitialization when the code itself or a proxy is set up again", async () => {
    const { registry, code, manager } = await setUpRegistry();
    for (const target of [registry, code]) {
      await expect(target.initialize(await manager.getAddress())).to.be.revertedWithCustomError(
        target,
        "InvalidInitialization",
      );
    }
  });

  it("[VAL-2] reverts with AccessManagedUnauthorized when anyone but the authority admits, removes or revokes", async () => {
    const system = await setUpRegistry();
    const operator = await register(system, authorityOf(1));
    const stranger = system.registry.connect(system.signers[5]!);
    const attempts = [
      () => stranger.admit(operator),
      () => stranger.remove(operator),
      () => stranger.revokeCertificate(fingerprintOf(authorityOf(1))),
    ];
    for (const attempt of attempts) {
      await expect(attempt())
        .to.be.revertedWithCustomError(system.registry, "AccessManagedUnauthorized")
        .withArgs(system.signers[5]!.address);
    }
  });

  it("[NET-3] [REG-4] reverts with ValidatorSeatsTaken when all 21 seats of Origin are taken", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const operators: string[] = [];
    for (let index = 0; index < 22; index++) operators.push(await register(system, authorityOf(index)));
    for (const operator of operators.slice(0, 21)) await registry.admit(operator);
    await expect(registry.admit(operators[21]!))
      .to.be.revertedWithCustomError(registry, "ValidatorSeatsTaken")
      .withArgs(21n);
    expect(await registry.activeCount()).to.equal(21n);
    await registry.remove(operators[3]!);
    await registry.admit(operators[21]!);
    const set = await registry.activeValidators();
    expect(set.map(({ operator }) => operator)).to.deep.equal(operators.filter((_, index) => index !== 3));
  });

  it("[VAL-2] [REG-4] seats stand in the order of admission, each of weight one", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const operators: string[] = [];
    for (const index of [0, 1, 2]) operators.push(await register(system, authorityOf(index)));
    for (const index of [2, 0, 1]) await registry.admit(operators[index]!);
    const set = await registry.activeValidators();
    expect(set.map(({ operator }) => operator)).to.deep.equal([operators[2], operators[0], operators[1]]);
    expect(set.map(({ weight }) => weight)).to.deep.equal([1n, 1n, 1n]);
    expect(set[0]!.certificateFingerprint).to.equal(fingerprintOf(authorityOf(2)));
    expect(set[0]!.blsPublicKey).to.equal((await registry.validatorOf(operators[2]!)).blsPublicKey);
  });

  it("[REG-3] reverts with ValidatorMoveIllegal for whoever is in no state to be admitted or removed", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const stranger = Wallet.createRandom().address;
    await expect(registry.admit(stranger))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(stranger, State.unregistered, State.active);
    await expect(registry.remove(stranger))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(stranger, State.unregistered, State.exiting);
    const operator = await register(system, authorityOf(1));
    await registry.admit(operator);
    await registry.remove(operator);
    await expect(registry.remove(operator))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(operator, State.exiting, State.exiting);
    await expect(registry.admit(operator))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(operator, State.exiting, State.active);
    expect(await registry.activeCount()).to.equal(0n);
  });
});

describe("ValidatorRegistry: certificates", () => {
  it("tells unknown, valid, expired and revoked certificates apart", async () => {
    const system = await setUpRegistry();
    const { registry, networkHelpers } = system;
    const end = (await networkHelpers.time.latest()) + 1_000;
    const first = { ...authorityOf(1), certificateNotAfter: end };
    const operator = await register(system, first);
    const second = authorityOf(2);
    const other = await register(system, second);
    expect(await registry.certificateStatus(id("none"))).to.deep.equal([
      Status.unknown,
      "0x0000000000000000000000000000000000000000",
    ]);
    expect(await registry.certificateStatus(fingerprintOf(first))).to.deep.equal([Status.valid, operator]);
    await expect(registry.revokeCertificate(fingerprintOf(second)))
      .to.emit(registry, "CertificateRevoked")
      .withArgs(other, fingerprintOf(second));
    await networkHelpers.time.increaseTo(end);
    expect(await registry.certificateStatus(fingerprintOf(first))).to.deep.equal([Status.valid, operator]);
    await networkHelpers.time.increaseTo(end + 1);
    expect(await registry.certificateStatus(fingerprintOf(first))).to.deep.equal([Status.expired, operator]);
    expect(await registry.certificateStatus(fingerprintOf(second))).to.deep.equal([Status.revoked, other]);
  });

  it("reverts with ValidatorCertificateNotRevocable when there is none or it was revoked before", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const fingerprint = fingerprintOf(authorityOf(1));
    await expect(registry.revokeCertificate(fingerprint))
      .to.be.revertedWithCustomError(registry, "ValidatorCertificateNotRevocable")
      .withArgs(fingerprint, Status.unknown);
    await register(system, authorityOf(1));
    await registry.revokeCertificate(fingerprint);
    await expect(registry.revokeCertificate(fingerprint))
      .to.be.revertedWithCustomError(registry, "ValidatorCertificateNotRevocable")
      .withArgs(fingerprint, Status.revoked);
  });

  it("renews a certificate and keeps the old one valid until it ends", async () => {
    const system = await setUpRegistry();
    const { registry, signers, target } = system;
    const { operator, caller } = await ownValidator(system);
    const renewed = recertified(authorityOf(1), 2);
    await expect(registry.connect(caller).renewCertificate(renewalOf(renewed, target)))
      .to.emit(registry, "CertificateBound")
      .withArgs(operator, fingerprintOf(renewed), renewed.certificateNotAfter)
      .not.to.emit(registry, "PeerKeyChanged");
    const bound = await registry.validatorOf(operator);
    expect(bound.certificateFingerprint).to.equal(fingerprintOf(renewed));
    expect(bound.peerKey, "the same node key").to.equal(peerKeyOf(authorityOf(1)));
    expect(await registry.certificateStatus(fingerprintOf(authorityOf(1)))).to.deep.equal([Status.valid, operator]);
    await expect(registry.connect(signers[3]!).renewCertificate(renewalOf(authorityOf(3), target)))
      .to.be.revertedWithCustomError(registry, "ValidatorNotServing")
      .withArgs(signers[3]!.address, State.unregistered);
  });

  it("[REG-1] [VAL-8] renews with a new node key; the former one stays taken, also for its validator", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const { operator, caller } = await ownValidator(system);
    const [former, next] = [authorityOf(1), recertified(authorityOf(1), 2, authorityOf(5).nodeSecret)];
    await expect(registry.connect(caller).renewCertificate(renewalOf(next, target)))
      .to.emit(registry, "PeerKeyChanged")
      .withArgs(operator, peerKeyOf(former), peerKeyOf(next));
    expect((await registry.validatorOf(operator)).peerKey).to.equal(peerKeyOf(next));
    await expect(registry.connect(caller).renewCertificate(renewalOf(recertified(former, 3), target)))
      .to.be.revertedWithCustomError(registry, "ValidatorPeerKeyTaken")
      .withArgs(peerKeyOf(former), operator);
    await expect(register(system, recertified(authorityOf(2), 4, former.nodeSecret)))
      .to.be.revertedWithCustomError(registry, "ValidatorPeerKeyTaken")
      .withArgs(peerKeyOf(former), operator);
  });

  it("[REG-1] refuses to renew with a node key that another validator has bound", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const { caller } = await ownValidator(system);
    const other = await register(system, authorityOf(2));
    const stolen = recertified(authorityOf(1), 2, authorityOf(2).nodeSecret);
    await expect(registry.connect(caller).renewCertificate(renewalOf(stolen, target)))
      .to.be.revertedWithCustomError(registry, "ValidatorPeerKeyTaken")
      .withArgs(peerKeyOf(stolen), other);
  });

  it("[REG-1] refuses to renew with a certificate that was ever bound or has ended", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const { operator, caller } = await ownValidator(system);
    const fingerprint = fingerprintOf(authorityOf(1));
    await registry.revokeCertificate(fingerprint);
    const own = registry.connect(caller);
    await expect(own.renewCertificate(renewalOf(authorityOf(1), target)))
      .to.be.revertedWithCustomError(registry, "ValidatorCertificateTaken")
      .withArgs(fingerprint, operator);
    const ended = { ...recertified(authorityOf(1), 2), certificateNotAfter: 1 };
    await expect(own.renewCertificate(renewalOf(ended, target))).to.be.revertedWithCustomError(
      registry,
      "ValidatorCertificateExpired",
    );
  });

  it("reverts with ValidatorNotServing when a validator that has left renews", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const { operator, caller } = await ownValidator(system);
    await registry.remove(operator);
    await expect(registry.connect(caller).renewCertificate(renewalOf(recertified(authorityOf(1), 2), target)))
      .to.be.revertedWithCustomError(registry, "ValidatorNotServing")
      .withArgs(operator, State.exiting);
  });
});

describe("ValidatorRegistry: upgrade", () => {
  it("refuses new code from anyone but governance, and keeps everything across an upgrade", async () => {
    const system = await setUpRegistry();
    const { registry, signers, ethers, doors } = system;
    const operator = await register(system, authorityOf(1));
    await registry.admit(operator);
    const next = await (await ethers.deployContract("ValidatorRegistry", doors)).getAddress();
    await expect(registry.connect(signers[4]!).upgradeToAndCall(next, "0x"))
      .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
      .withArgs(signers[4]!.address);
    await registry.upgradeToAndCall(next, "0x");
    expect(await registry.implementation()).to.equal(next);
    expect(await registry.stateOf(operator)).to.equal(State.active);
    expect(await registry.seats()).to.equal(21n);
  });
});

/** A validator whose operator can send transactions. */
async function ownValidator(system: Awaited<ReturnType<typeof setUpRegistry>>) {
  const operator = await register(system, authorityOf(1));
  await system.networkHelpers.impersonateAccount(operator);
  await system.networkHelpers.setBalance(operator, 10n ** 18n);
  return { operator, caller: await system.ethers.getSigner(operator) };
}
