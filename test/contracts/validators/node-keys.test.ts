/**
 * ValidatorRegistry: what attackers try with others' node keys and certificates.
 */
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { expect } from "chai";
import { getBytes } from "ethers";
import { bindingMessage } from "../../../node/sdk/node-key.ts";
import {
  type Application,
  createApplication,
  fingerprintOf,
  type ProvenCertificate,
  peerKeyOf,
  proveCertificate,
  signApplication,
  signConsent,
} from "../../../node/sdk/validator-application.ts";
import { type Address, toHex } from "../../../node/types/primitives.ts";
import { authorityOf, recertified, register, renewalOf, State, setUpRegistry } from "../../helpers/registry.ts";

const ORDER = p256.Point.Fn.ORDER;
const ELSEWHERE = "0x00000000000000000000000000000000000000aa";

type System = Awaited<ReturnType<typeof setUpRegistry>>;

/** The thief (authority 2) applies under its own account, correctly signed, with whatever certificate is given. */
async function thiefApplies({ registry, target }: System, change: Partial<ProvenCertificate>) {
  const own = createApplication(authorityOf(2), target);
  const application: Application = { ...own, nodeCertificate: { ...own.nodeCertificate, ...change } };
  const consent = await signConsent(authorityOf(2).operatorKey, application, target);
  return { application, attempt: registry.register(application, consent) };
}

describe("ValidatorRegistry: node keys of others", () => {
  it("[VAL-1] [REG-6] who copies node key and certificate of a pending application is refused, its owner is not", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const victim = authorityOf(1);
    const pending = await signApplication(victim, target);
    const { application, attempt } = await thiefApplies(system, pending.application.nodeCertificate);
    await expect(attempt)
      .to.be.revertedWithCustomError(registry, "ValidatorNodeKeyProofInvalid")
      .withArgs(application.operator, fingerprintOf(victim));
    await registry.register(pending.application, pending.operatorSignature);
    const bound = await registry.validatorOf(pending.application.operator);
    expect([bound.state, bound.peerKey]).to.deep.equal([State.candidate, peerKeyOf(victim)]);
  });

  it("[VAL-8] [REG-6] who copies a pending renewal is refused, its owner is not", async () => {
    const system = await setUpRegistry();
    const { registry, target, networkHelpers, ethers } = system;
    const [victim, thief] = [await register(system, authorityOf(1)), await register(system, authorityOf(2))];
    const renewed = recertified(authorityOf(1), 2, authorityOf(5).nodeSecret);
    const pending = renewalOf(renewed, target);
    for (const account of [victim, thief]) {
      await networkHelpers.impersonateAccount(account);
      await networkHelpers.setBalance(account, 10n ** 18n);
    }
    await expect(registry.connect(await ethers.getSigner(thief)).renewCertificate(pending))
      .to.be.revertedWithCustomError(registry, "ValidatorNodeKeyProofInvalid")
      .withArgs(thief, fingerprintOf(renewed));
    await registry.connect(await ethers.getSigner(victim)).renewCertificate(pending);
    expect((await registry.validatorOf(victim)).peerKey).to.equal(peerKeyOf(renewed));
  });

  it("[REG-6] replays a node key's signature for another operator, chain, registry or certificate", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const node = authorityOf(2);
    const operator = createApplication(node, target).operator;
    const signatures = [
      proveCertificate(node, ELSEWHERE, target),
      proveCertificate(node, operator, { ...target, chainId: target.chainId + 1n }),
      proveCertificate(node, operator, { ...target, registry: ELSEWHERE }),
      proveCertificate(recertified(node, 2), operator, target),
    ].map(({ signature }) => signature);
    for (const signature of signatures) {
      await expect((await thiefApplies(system, { signature })).attempt)
        .to.be.revertedWithCustomError(registry, "ValidatorNodeKeyProofInvalid")
        .withArgs(operator, fingerprintOf(node));
    }
    await (await thiefApplies(system, {})).attempt;
  });

  it("[REG-6] puts its own signature under another's certificate", async () => {
    const system = await setUpRegistry();
    const { target, registry } = system;
    const { certificate } = authorityOf(1);
    const own = authorityOf(2);
    const operator = createApplication(own, target).operator;
    const { der, spkiOffset } = proveCertificate(authorityOf(1), operator, target);
    const binding = {
      chainId: target.chainId,
      registry: lower(target.registry),
      operator: lower(operator),
      certificate,
    };
    const signature = toHex(p256.sign(bindingMessage(binding), own.nodeSecret));
    await expect((await thiefApplies(system, { der, spkiOffset, signature })).attempt)
      .to.be.revertedWithCustomError(registry, "ValidatorNodeKeyProofInvalid")
      .withArgs(operator, fingerprintOf(authorityOf(1)));
  });

  it("brings a certificate without a key, or names another place than the key's", async () => {
    const system = await setUpRegistry();
    const { der, spkiOffset } = createApplication(authorityOf(2), system.target).nodeCertificate;
    const bytes = getBytes(der).length;
    const attempts: readonly (readonly [change: Partial<ProvenCertificate>, offset: number, bytes: number])[] = [
      [{ der: `0x${"00".repeat(200)}` }, spkiOffset, 200],
      [{ der: "0x" }, spkiOffset, 0],
      [{ spkiOffset: spkiOffset - 1 }, spkiOffset - 1, bytes],
      [{ spkiOffset: spkiOffset + 1 }, spkiOffset + 1, bytes],
      [{ spkiOffset: 65_535 }, 65_535, bytes],
      [{ der: der.slice(0, 2 + 2 * (spkiOffset + 90)) }, spkiOffset, spkiOffset + 90],
    ];
    for (const [change, offset, length] of attempts) {
      await expect((await thiefApplies(system, change)).attempt)
        .to.be.revertedWithCustomError(system.registry, "NodeKeyNotFound")
        .withArgs(offset, length);
    }
  });

  it("brings a certificate that is longer than the registry reads", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const own = authorityOf(2);
    const operator = createApplication(own, target).operator;
    const padded = (length: number) => {
      const certificate = new Uint8Array(length);
      certificate.set(own.certificate);
      return proveCertificate({ ...own, certificate }, operator, target);
    };
    await expect((await thiefApplies(system, padded(1025))).attempt)
      .to.be.revertedWithCustomError(registry, "ValidatorCertificateTooLong")
      .withArgs(1025, 1024);
    await (await thiefApplies(system, padded(1024))).attempt;
    expect(await registry.stateOf(operator)).to.equal(State.candidate);
  });

  it("mirrors a signature to its other form (high s), or sends one of another length", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const { signature } = createApplication(authorityOf(2), target).nodeCertificate;
    const s = BigInt(`0x${signature.slice(66)}`);
    expect(s <= ORDER / 2n, "the SDK signs with low s").to.equal(true);
    const mirrored = signature.slice(0, 66) + (ORDER - s).toString(16).padStart(64, "0");
    await expect((await thiefApplies(system, { signature: mirrored })).attempt).to.be.revertedWithCustomError(
      registry,
      "ValidatorNodeKeyProofInvalid",
    );
    for (const wrong of ["0x", signature.slice(0, -2), `${signature}00`]) {
      await expect((await thiefApplies(system, { signature: wrong })).attempt)
        .to.be.revertedWithCustomError(registry, "NodeKeySignatureLength")
        .withArgs((wrong.length - 2) / 2, 64);
    }
  });

  it("[REG-6] brings a key that is no point of the curve, with zeros as signature", async () => {
    const system = await setUpRegistry();
    const { der, spkiOffset } = createApplication(authorityOf(2), system.target).nodeCertificate;
    const bytes = getBytes(der);
    bytes.fill(0, spkiOffset + 27, spkiOffset + 91);
    const change = { der: toHex(bytes), signature: `0x${"00".repeat(64)}` };
    await expect((await thiefApplies(system, change)).attempt).to.be.revertedWithCustomError(
      system.registry,
      "ValidatorNodeKeyProofInvalid",
    );
  });

  it("the SDK's signature and the development certificate are what common tools (OpenSSL) make and read", async () => {
    const { registry, target } = await setUpRegistry();
    const authority = authorityOf(1);
    const x509 = new X509Certificate(authority.certificate);
    expect(x509.verify(x509.publicKey), "signed by its own key").to.equal(true);
    expect(Date.parse(x509.validTo) / 1000).to.equal(authority.certificateNotAfter);
    const { operator, nodeCertificate } = createApplication(authority, target);
    const { certificate } = authority;
    const message = bindingMessage({
      chainId: target.chainId,
      registry: lower(target.registry),
      operator: lower(operator),
      certificate,
    });
    const key = createPublicKey(x509.publicKey.export({ type: "spki", format: "pem" }));
    const signature = getBytes(nodeCertificate.signature);
    expect(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature)).to.equal(true);
    const digest = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(message))));
    expect(await registry.nodeKeyBindingDigest(operator, fingerprintOf(authority))).to.equal(digest);
  });

  it("the SDK refuses a certificate of another node key", async () => {
    const { target } = await setUpRegistry();
    const mixed = { ...authorityOf(1), certificate: authorityOf(2).certificate };
    expect(() => createApplication(mixed, target)).to.throw("it is not for this node key");
  });
});

const lower = (address: string): Address => address.toLowerCase() as Address;
