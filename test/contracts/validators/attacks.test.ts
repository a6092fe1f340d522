/**
 * ValidatorRegistry: boundaries of time, accounts that are contracts, identifiers that are copied.
 */
import { expect } from "chai";
import { AbiCoder } from "ethers";
import {
  type Application,
  createApplication,
  fingerprintOf,
  peerKeyOf,
  signApplication,
  signConsent,
} from "../../../node/sdk/validator-application.ts";
import {
  applicationFor,
  authorityOf,
  recertified,
  register,
  renewalOf,
  State,
  setUpRegistry,
} from "../../helpers/registry.ts";

type System = Awaited<ReturnType<typeof setUpRegistry>>;

/** A signer for an account that has no key here. */
async function as({ networkHelpers, ethers }: System, account: string) {
  await networkHelpers.impersonateAccount(account);
  await networkHelpers.setBalance(account, 10n ** 18n);
  return ethers.getSigner(account);
}

describe("ValidatorRegistry: attacks", () => {
  it("[REG-5] refuses an operator's own call with a signature that is not its own", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const application = createApplication(authorityOf(1), target);
    const foreign = await signConsent(authorityOf(2).operatorKey, application, target);
    const own = registry.connect(await as(system, application.operator));
    await expect(own.register(application, foreign))
      .to.be.revertedWithCustomError(registry, "ValidatorSignatureInvalid")
      .withArgs(application.operator, 0n);
  });

  it("[REG-5] takes an application in the very second of its deadline and not in the next", async () => {
    const { registry, target, networkHelpers } = await setUpRegistry();
    const deadline = (await networkHelpers.time.latest()) + 100;
    const [first, second] = await Promise.all(
      [1, 2].map((index) => signApplication(authorityOf(index), { ...target, deadline })),
    );
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await registry.register(first!.application, first!.operatorSignature);
    expect((await registry.validatorOf(first!.application.operator)).registeredAt).to.equal(deadline);
    await networkHelpers.time.setNextBlockTimestamp(deadline + 1);
    await expect(registry.register(second!.application, second!.operatorSignature))
      .to.be.revertedWithCustomError(registry, "ValidatorApplicationExpired")
      .withArgs(deadline, deadline + 1);
  });

  it("refuses a certificate that ends in this very second", async () => {
    const { registry, target, networkHelpers } = await setUpRegistry();
    const certificateNotAfter = (await networkHelpers.time.latest()) + 100;
    const { application, operatorSignature } = await signApplication(
      { ...authorityOf(1), certificateNotAfter },
      target,
    );
    await networkHelpers.time.setNextBlockTimestamp(certificateNotAfter);
    await expect(registry.register(application, operatorSignature))
      .to.be.revertedWithCustomError(registry, "ValidatorCertificateExpired")
      .withArgs(certificateNotAfter, certificateNotAfter);
  });

  it("[VAL-8] a validator with a seat renews its certificate, and the set names the new one", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const operator = await register(system, authorityOf(1));
    await registry.admit(operator);
    const renewed = recertified(authorityOf(1), 2);
    await registry.connect(await as(system, operator)).renewCertificate(renewalOf(renewed, target));
    expect((await registry.activeValidators())[0]!.certificateFingerprint).to.equal(fingerprintOf(renewed));
  });

  it("a contract account that re-enters while it is asked for its signature (ERC-1271) changes nothing", async () => {
    const system = await setUpRegistry();
    const { registry, target, ethers } = system;
    const contract = await ethers.deployContract("ReentrantAccount", [target.registry]);
    const account = await contract.getAddress();
    const [outer, inner] = [
      await applicationFor(system, authorityOf(1), account),
      await applicationFor(system, authorityOf(2), account),
    ];
    await registry.register(outer, encodeApplication(inner));
    expect(await registry.nonces(account)).to.equal(1n);
    expect((await registry.validatorOf(account)).peerKey).to.equal(peerKeyOf(authorityOf(1)));
    expect(await registry.operatorOfKey(inner.blsPublicKey)).to.equal("0x0000000000000000000000000000000000000000");
  });

  it("[REG-5] an account that delegates to code (EIP-7702) answers through that code, or applies itself", async () => {
    const system = await setUpRegistry();
    const { registry, target, ethers, networkHelpers } = system;
    const { application, operatorSignature } = await signApplication(authorityOf(1), target);
    const mute = await (await ethers.deployContract("CouncilTarget")).getAddress();
    await networkHelpers.setCode(application.operator, `0xef0100${mute.slice(2)}`);
    await expect(registry.register(application, operatorSignature)).to.be.revertedWithCustomError(
      registry,
      "ValidatorSignatureInvalid",
    );
    await registry.connect(await as(system, application.operator)).register(application, "0x");
    expect(await registry.stateOf(application.operator)).to.equal(State.candidate);
  });
});

function encodeApplication(application: Application): string {
  const type =
    "tuple(address operator,bytes blsPublicKey,bytes proofOfPossession,tuple(bytes der,uint16 spkiOffset,uint64 notAfter," +
    "bytes signature) nodeCertificate,string metadataURI,uint16 commissionBps,uint64 deadline)";
  return AbiCoder.defaultAbiCoder().encode([type], [application]);
}
