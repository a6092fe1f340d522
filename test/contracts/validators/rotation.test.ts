/**
 * ValidatorRegistry: rotation of BLS keys, and what those try who want a key that is not theirs.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { expect } from "chai";
import { AbiCoder, getBytes, id, keccak256, ZeroAddress } from "ethers";
import { nobleBackend } from "../../../node/crypto/bls/noble.ts";
import { publicKeyToEvm, signatureToEvm } from "../../../node/crypto/bls/points.ts";
import { createApplication, signApplication } from "../../../node/sdk/validator-application.ts";
import { toHex } from "../../../node/types/primitives.ts";
import {
  admitted,
  applicationFor,
  asOperator,
  authorityOf,
  type RegistrySystem,
  register,
  rotationFor,
  setUpRegistry,
} from "../../helpers/registry.ts";

const NEXT = authorityOf(50);
const keyOf = ({ blsSecret }: { readonly blsSecret: Uint8Array }) =>
  toHex(publicKeyToEvm(nobleBackend.publicKey(blsSecret)));

/** A signature of any message by an authority's key. */
const sign = ({ blsSecret }: { readonly blsSecret: Uint8Array }, message: string) =>
  toHex(signatureToEvm(nobleBackend.sign(blsSecret, getBytes(message))));

async function validator() {
  const system = await setUpRegistry();
  const operator = await register(system, authorityOf(1));
  return { ...system, operator, own: await asOperator(system, operator) };
}

/** What a key signs to replace another one, computed here. */
function rotationMessage({ target }: RegistrySystem, operator: string, key: string): string {
  const types = ["bytes32", "uint256", "address", "address", "bytes32"];
  const values = [id("CUN_KEY_ROTATION_V1"), target.chainId, target.registry, operator, keccak256(key)];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, values));
}

describe("ValidatorRegistry: rotation of keys", () => {
  it("[VAL-1] [REG-1] the new key is the validator's, the old one stays taken and still leads to it", async () => {
    const system = await validator();
    const { registry, operator, own } = system;
    const former = keyOf(authorityOf(1));
    const [key, proof] = await rotationFor(system, NEXT, operator);
    await expect(own.rotateKey(key, proof))
      .to.emit(registry, "KeyRotated")
      .withArgs(operator, keccak256(former), keccak256(key));
    expect(await registry.blsPublicKeyOf(operator)).to.equal(key);
    expect((await registry.validatorOf(operator)).blsPublicKey).to.equal(key);
    expect(await registry.operatorOfKey(key)).to.equal(operator);
    expect(await registry.operatorOfKey(former), "evidence of old votes finds it").to.equal(operator);
    expect(await registry.blsPublicKeyOf(ZeroAddress)).to.equal("0x");
  });

  it("[REG-2] the message names domain, chain, registry, operator and key, as the door says", async () => {
    const system = await validator();
    const message = await system.registry.rotationMessage(system.operator, keyOf(NEXT));
    expect(message).to.equal(rotationMessage(system, system.operator, keyOf(NEXT)));
  });

  it("[VAL-1] [REG-1] rotates back to its own former key, or to a key it has now", async () => {
    const system = await validator();
    const { registry, operator, own } = system;
    await own.rotateKey(...(await rotationFor(system, NEXT, operator)));
    for (const again of [authorityOf(1), NEXT]) {
      const [key, proof] = await rotationFor(system, again, operator);
      await expect(own.rotateKey(key, proof))
        .to.be.revertedWithCustomError(registry, "ValidatorKeyTaken")
        .withArgs(keccak256(key), operator);
    }
  });

  it("[VAL-1] [REG-1] rotates to the present or former key of another validator, even with its secret", async () => {
    const system = await validator();
    const { registry, own, operator } = system;
    const other = await register(system, authorityOf(2));
    await (await asOperator(system, other)).rotateKey(...(await rotationFor(system, NEXT, other)));
    for (const stolen of [authorityOf(2), NEXT]) {
      const [key, proof] = await rotationFor(system, stolen, operator);
      await expect(own.rotateKey(key, proof))
        .to.be.revertedWithCustomError(registry, "ValidatorKeyTaken")
        .withArgs(keccak256(key), other);
    }
  });

  it("[VAL-1] [REG-1] registers with a key that another validator has rotated away, or rotated to", async () => {
    const system = await validator();
    const { registry, target, operator, own } = system;
    await own.rotateKey(...(await rotationFor(system, NEXT, operator)));
    for (const { blsSecret } of [authorityOf(1), NEXT]) {
      const copy = { ...authorityOf(2), blsSecret };
      const { application, operatorSignature } = await signApplication(copy, target);
      await expect(registry.register(application, operatorSignature))
        .to.be.revertedWithCustomError(registry, "ValidatorKeyTaken")
        .withArgs(keccak256(application.blsPublicKey), operator);
    }
  });

  it("[REG-2] rotates to a rogue key, computed from others' keys without its secret", async () => {
    const system = await validator();
    const { registry, operator, own } = system;
    const { Point } = bls12_381.G1;
    const victim = Point.fromBytes(nobleBackend.publicKey(authorityOf(2).blsSecret));
    const rogue = Point.fromBytes(nobleBackend.publicKey(NEXT.blsSecret)).subtract(victim);
    const key = toHex(publicKeyToEvm(rogue.toBytes()));
    const proof = sign(NEXT, rotationMessage(system, operator, key));
    await expect(own.rotateKey(key, proof))
      .to.be.revertedWithCustomError(registry, "ValidatorProofInvalid")
      .withArgs(operator);
  });

  it("[REG-2] copies a pending rotation: the proof is of no use under another operator, chain or registry", async () => {
    const system = await validator();
    const { registry, own, operator } = system;
    const thief = await register(system, authorityOf(2));
    const [key, proof] = await rotationFor(system, NEXT, operator);
    await expect((await asOperator(system, thief)).rotateKey(key, proof))
      .to.be.revertedWithCustomError(registry, "ValidatorProofInvalid")
      .withArgs(thief);
    const { target } = system;
    const elsewhere = [
      { ...target, chainId: target.chainId + 1n },
      { ...target, registry: "0x00000000000000000000000000000000000000aa" },
    ];
    for (const other of elsewhere) {
      const message = rotationMessage({ ...system, target: other }, operator, key);
      await expect(own.rotateKey(key, sign(NEXT, message))).to.be.revertedWithCustomError(
        registry,
        "ValidatorProofInvalid",
      );
    }
    await own.rotateKey(key, proof);
  });

  it("[REG-2] uses a proof of registration to rotate, its own or another's", async () => {
    const system = await validator();
    const { registry, own, operator } = system;
    const key = keyOf(NEXT);
    for (const named of [operator, createApplication(NEXT, system.target).operator]) {
      const proof = sign(NEXT, await registry.proofOfPossessionMessage(named, key));
      await expect(own.rotateKey(key, proof))
        .to.be.revertedWithCustomError(registry, "ValidatorProofInvalid")
        .withArgs(operator);
    }
  });

  it("[REG-2] uses a proof of rotation to register, its own or another's", async () => {
    const system = await validator();
    const { registry, signers } = system;
    const account = signers[9]!.address;
    const application = await applicationFor(system, NEXT, account);
    for (const named of [account, system.operator]) {
      const [, proofOfPossession] = await rotationFor(system, NEXT, named);
      await expect(registry.connect(signers[9]!).register({ ...application, proofOfPossession }, "0x"))
        .to.be.revertedWithCustomError(registry, "ValidatorProofInvalid")
        .withArgs(account);
    }
    await registry.connect(signers[9]!).register(application, "0x");
  });

  it("[REG-2] refuses infinity and points of wrong length", async () => {
    const { registry, own } = await validator();
    await expect(own.rotateKey(`0x${"00".repeat(128)}`, `0x${"00".repeat(256)}`)).to.be.revertedWithCustomError(
      registry,
      "BLSPointAtInfinity",
    );
    await expect(own.rotateKey("0x1234", `0x${"00".repeat(256)}`)).to.be.revertedWithCustomError(
      registry,
      "BLSPointLength",
    );
  });

  it("a validator in jail replaces a key that was stolen", async () => {
    const system = await setUpRegistry();
    const [operator] = await admitted(system, 1);
    await system.registry.jail(operator!, 4_000_000_000);
    await (await asOperator(system, operator!)).rotateKey(...(await rotationFor(system, NEXT, operator!)));
    expect(await system.registry.blsPublicKeyOf(operator!)).to.equal(keyOf(NEXT));
  });
});
