/**
 * ValidatorRegistry: who becomes a candidate, and what attackers try on the way.
 */

import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect } from "chai";
import { keccak256, Wallet, ZeroAddress } from "ethers";
import { nobleBackend } from "../../../node/crypto/bls/noble.ts";
import { publicKeyToEvm, signatureToEvm } from "../../../node/crypto/bls/points.ts";
import {
  type Application,
  type Authority,
  createApplication,
  fingerprintOf,
  peerKeyOf,
  signApplication,
  signConsent,
} from "../../../node/sdk/validator-application.ts";
import { toHex } from "../../../node/types/primitives.ts";
import {
  applicationFor,
  authorityOf,
  recertified,
  register,
  State,
  Status,
  setUpRegistry,
} from "../../helpers/registry.ts";

/** What one field of a good application is replaced by, and the error that follows. */
const badFields: readonly (readonly [title: string, change: object, error: string, values: unknown[]])[] = [
  ["the operator is zero", { operator: ZeroAddress }, "ValidatorOperatorZero", []],
  ["the commission is above the maximum", { commissionBps: 5_001 }, "ValidatorCommissionTooHigh", [5_001, 5_000]],
  ["the metadata is too long", { metadataURI: "x".repeat(257) }, "ValidatorMetadataTooLong", [257, 256]],
];

describe("ValidatorRegistry: register", () => {
  for (const [title, change, error, values] of badFields) {
    it(`reverts with ${error} when ${title}`, async () => {
      const { registry, target } = await setUpRegistry();
      const { application, operatorSignature } = await signApplication(authorityOf(1), target);
      await expect(registry.register({ ...application, ...change }, operatorSignature))
        .to.be.revertedWithCustomError(registry, error)
        .withArgs(...values);
    });
  }

  it("reverts with ValidatorApplicationExpired when the deadline has passed", async () => {
    const { registry, target, networkHelpers } = await setUpRegistry();
    const deadline = (await networkHelpers.time.latest()) - 1;
    const { application, operatorSignature } = await signApplication(authorityOf(1), { ...target, deadline });
    await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
      registry,
      "ValidatorApplicationExpired",
    );
  });

  it("[REG-5] reverts with ValidatorSignatureInvalid when someone else brings it without the operator's signature", async () => {
    const { registry, target } = await setUpRegistry();
    const application = createApplication(authorityOf(1), target);
    for (const signature of ["0x", `0x${"11".repeat(65)}`]) {
      await expect(registry.register(application, signature))
        .to.be.revertedWithCustomError(registry, "ValidatorSignatureInvalid")
        .withArgs(application.operator, 0n);
    }
  });

  it("[REG-5] reverts with ValidatorSignatureInvalid when a relayer changes any field", async () => {
    const { registry, target } = await setUpRegistry();
    const { application, operatorSignature } = await signApplication(authorityOf(1), target);
    const { nodeCertificate } = application;
    const changes = [
      { nodeCertificate: { ...nodeCertificate, der: `${nodeCertificate.der}00` } },
      { nodeCertificate: { ...nodeCertificate, spkiOffset: nodeCertificate.spkiOffset + 1 } },
      { nodeCertificate: { ...nodeCertificate, notAfter: nodeCertificate.notAfter + 1 } },
      { nodeCertificate: { ...nodeCertificate, signature: `0x${"11".repeat(64)}` } },
      { metadataURI: "urn:another" },
      { commissionBps: 4_999 },
      { deadline: application.deadline + 1 },
    ];
    for (const change of changes) {
      await expect(registry.register({ ...application, ...change }, operatorSignature)).to.be.revertedWithCustomError(
        registry,
        "ValidatorSignatureInvalid",
      );
    }
  });

  it("[REG-5] refuses the replay of an application made for another chain or another registry", async () => {
    const { registry, target } = await setUpRegistry();
    const elsewhere = [
      { ...target, chainId: target.chainId + 1n },
      { ...target, registry: "0x00000000000000000000000000000000000000aa" },
    ];
    for (const other of elsewhere) {
      const { application, operatorSignature } = await signApplication(authorityOf(1), other);
      await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
        registry,
        "ValidatorSignatureInvalid",
      );
    }
  });

  it("[REG-5] refuses an application signed for a nonce that is not the next one", async () => {
    const { registry, target } = await setUpRegistry();
    const { application, operatorSignature } = await signApplication(authorityOf(1), target, 1n);
    await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
      registry,
      "ValidatorSignatureInvalid",
    );
  });

  it("[VAL-1] [REG-2] refuses a rogue key, computed from others' keys without its secret", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const attacker = authorityOf(1);
    // attacker's key minus the victim's: their sum would be the attacker's alone.
    const { Point } = bls12_381.G1;
    const victim = Point.fromBytes(nobleBackend.publicKey(authorityOf(2).blsSecret));
    const rogue = Point.fromBytes(nobleBackend.publicKey(attacker.blsSecret)).subtract(victim);
    const application = {
      ...createApplication(attacker, target),
      blsPublicKey: toHex(publicKeyToEvm(rogue.toBytes())),
    };
    await expect(asOperator(system, application))
      .to.be.revertedWithCustomError(registry, "ValidatorProofInvalid")
      .withArgs(application.operator);
  });

  it("[REG-2] refuses a proof of possession made for another operator, chain or registry", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const authority = authorityOf(1);
    const other = { ...authority, operatorKey: authorityOf(2).operatorKey };
    const proofs = [
      createApplication(other, target),
      createApplication(authority, { ...target, chainId: target.chainId + 1n }),
      createApplication(authority, { ...target, registry: "0x00000000000000000000000000000000000000aa" }),
    ].map(({ proofOfPossession }) => proofOfPossession);
    for (const proofOfPossession of proofs) {
      const application = { ...createApplication(authority, target), proofOfPossession };
      await expect(asOperator(system, application)).to.be.revertedWithCustomError(registry, "ValidatorProofInvalid");
    }
  });

  it("[REG-2] refuses infinity as key and proof, and points of wrong length", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const authority = authorityOf(1);
    const good = createApplication(authority, target);
    const infinity = { blsPublicKey: `0x${"00".repeat(128)}`, proofOfPossession: `0x${"00".repeat(256)}` };
    await expect(asOperator(system, { ...good, ...infinity })).to.be.revertedWithCustomError(
      registry,
      "BLSPointAtInfinity",
    );
    await expect(asOperator(system, { ...good, blsPublicKey: "0x1234" })).to.be.revertedWithCustomError(
      registry,
      "BLSPointLength",
    );
  });

  it("[REG-2] refuses a vote or any other signature of the key as its proof", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const authority = authorityOf(1);
    const vote = toHex(signatureToEvm(nobleBackend.sign(authority.blsSecret, new Uint8Array(32).fill(7))));
    const application = { ...createApplication(authority, target), proofOfPossession: vote };
    await expect(asOperator(system, application)).to.be.revertedWithCustomError(registry, "ValidatorProofInvalid");
  });

  it("[VAL-1] [REG-1] refuses a key or node key that another validator has bound, even from who has its secret", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const first = authorityOf(1);
    const operator = await register(system, first);
    const { blsSecret, nodeSecret, certificate } = first;
    const keyHash = keccak256(createApplication(first, target).blsPublicKey);
    const stolen: readonly (readonly [Authority, string, string])[] = [
      [{ ...authorityOf(2), blsSecret }, "ValidatorKeyTaken", keyHash],
      [{ ...authorityOf(2), nodeSecret, certificate }, "ValidatorPeerKeyTaken", peerKeyOf(first)],
      [recertified(authorityOf(2), 2, nodeSecret), "ValidatorPeerKeyTaken", peerKeyOf(first)],
    ];
    for (const [copy, error, identifier] of stolen) {
      const { application, operatorSignature } = await signApplication(copy, target);
      await expect(registry.register(application, operatorSignature))
        .to.be.revertedWithCustomError(registry, error)
        .withArgs(identifier, operator);
    }
  });

  it("[REG-1] refuses the keys of a validator that has left", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    await registry.remove(await register(system, authorityOf(1)));
    const copy = { ...authorityOf(2), blsSecret: authorityOf(1).blsSecret };
    const { application, operatorSignature } = await signApplication(copy, target);
    await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
      registry,
      "ValidatorKeyTaken",
    );
  });

  it("[REG-3] reverts with ValidatorMoveIllegal when an operator applies again, in whatever state it is", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const operator = await register(system, authorityOf(1));
    const again = { ...authorityOf(2), operatorKey: authorityOf(1).operatorKey };
    const { application, operatorSignature } = await signApplication(again, target, 1n);
    const expectRefusal = (state: bigint) =>
      expect(registry.register(application, operatorSignature))
        .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
        .withArgs(operator, state, State.candidate);
    await expectRefusal(State.candidate);
    await registry.admit(operator);
    await expectRefusal(State.active);
    await registry.remove(operator);
    await expectRefusal(State.exiting);
  });

  it("reverts with ValidatorCertificateExpired when the certificate has ended", async () => {
    const { registry, target, networkHelpers } = await setUpRegistry();
    const certificateNotAfter = await networkHelpers.time.latest();
    const { application, operatorSignature } = await signApplication(
      { ...authorityOf(1), certificateNotAfter },
      target,
    );
    await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
      registry,
      "ValidatorCertificateExpired",
    );
  });

  it("[VAL-1] binds operator, keys, certificate, metadata and commission", async () => {
    const { registry, target } = await setUpRegistry();
    const authority = authorityOf(1);
    const { application, operatorSignature } = await signApplication(authority, target);
    await expect(registry.register(application, operatorSignature))
      .to.emit(registry, "ValidatorRegistered")
      .to.emit(registry, "ValidatorStateChanged")
      .withArgs(application.operator, State.unregistered, State.candidate)
      .to.emit(registry, "CertificateBound")
      .withArgs(application.operator, fingerprintOf(authority), authority.certificateNotAfter);
    const bound = await registry.validatorOf(application.operator);
    expect(bound.state).to.equal(State.candidate);
    expect(bound.blsPublicKey).to.equal(application.blsPublicKey);
    expect(bound.peerKey).to.equal(peerKeyOf(authority));
    expect(bound.certificateFingerprint).to.equal(fingerprintOf(authority));
    expect(bound.metadataURI).to.equal(authority.metadataURI);
    expect(bound.commissionBps).to.equal(authority.commissionBps);
    expect(await registry.operatorOfKey(application.blsPublicKey)).to.equal(application.operator);
    expect(await registry.nonces(application.operator)).to.equal(1n);
    expect(await registry.certificateStatus(fingerprintOf(authority))).to.deep.equal([
      Status.valid,
      application.operator,
    ]);
  });

  it("lets an operator apply for itself without a signature", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const authority = authorityOf(1);
    await asOperator(system, createApplication(authority, target));
    expect(await registry.stateOf(new Wallet(authority.operatorKey).address)).to.equal(State.candidate);
  });

  it("takes the signature of a contract account (ERC-1271)", async () => {
    const { registry, target, ethers } = await setUpRegistry();
    const authority = authorityOf(1);
    const owner = new Wallet(authority.operatorKey);
    const account = await (await ethers.deployContract("ContractAccount", [owner.address])).getAddress();
    const complete = await applicationFor({ registry, target }, authority, account);
    const operatorSignature = await signConsent(authority.operatorKey, complete, target);
    await registry.register(complete, operatorSignature);
    expect(await registry.stateOf(account)).to.equal(State.candidate);
  });
});

/** The operator itself brings the application. */
async function asOperator(system: Awaited<ReturnType<typeof setUpRegistry>>, application: Application) {
  const { registry, networkHelpers, ethers } = system;
  await networkHelpers.impersonateAccount(application.operator);
  await networkHelpers.setBalance(application.operator, 10n ** 18n);
  return registry.connect(await ethers.getSigner(application.operator)).register(application, "0x");
}
