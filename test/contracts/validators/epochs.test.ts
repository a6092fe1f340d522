/**
 * ValidatorRegistry: the set of each epoch, jail, and leaving; what validators try around their ends.
 */
import { expect } from "chai";
import {
  admitted,
  asOperator,
  authorityOf,
  type RegistrySystem,
  register,
  renewalOf,
  rotationFor,
  State,
  setUpRegistry,
} from "../../helpers/registry.ts";

/** A registry in its first epoch with four validators and two candidates. */
async function begun() {
  const system = await setUpRegistry();
  const set = await admitted(system, 4);
  const candidates = [await register(system, authorityOf(10)), await register(system, authorityOf(11))];
  await system.registry.beginEpoch(set);
  return { ...system, set, candidates };
}

const operatorsOf = async ({ registry }: Pick<RegistrySystem, "registry">) =>
  (await registry.activeValidators()).map(({ operator }) => operator);

const statesOf = ({ registry }: Pick<RegistrySystem, "registry">, operators: readonly string[]) =>
  Promise.all(operators.map((operator) => registry.stateOf(operator)));

describe("ValidatorRegistry: epochs", () => {
  it("reverts with AccessManagedUnauthorized when anyone but the system begins an epoch, jails or tombstones", async () => {
    const { registry, signers, set } = await begun();
    const stranger = registry.connect(signers[5]!);
    const attempts = [
      () => stranger.beginEpoch(set),
      () => stranger.jail(set[0]!, 0),
      () => stranger.tombstone(set[0]!),
    ];
    for (const attempt of attempts) {
      await expect(attempt())
        .to.be.revertedWithCustomError(registry, "AccessManagedUnauthorized")
        .withArgs(signers[5]!.address);
    }
  });

  it("[VAL-5] [REG-4] the set is replaced in the order given; who lost its seat is a candidate again", async () => {
    const system = await begun();
    const { registry, set, candidates } = system;
    const next = [candidates[1]!, set[3]!, set[0]!];
    await expect(registry.beginEpoch(next)).to.emit(registry, "ValidatorSetBegun").withArgs(2n, next);
    expect(await operatorsOf(system)).to.deep.equal(next);
    expect(await statesOf(system, next)).to.deep.equal([State.active, State.active, State.active]);
    expect(await statesOf(system, [set[1]!, set[2]!, candidates[0]!])).to.deep.equal(Array(3).fill(State.candidate));
    expect(await registry.activeCount()).to.equal(3n);
    expect(await registry.epochsBegun()).to.equal(2n);
    await registry.beginEpoch(set);
    expect(await operatorsOf(system)).to.deep.equal(set);
    expect(await registry.stateOf(candidates[1]!)).to.equal(State.candidate);
  });

  it("[VAL-5] whoever stays in the set is not moved at all", async () => {
    const { registry, set } = await begun();
    await expect(registry.beginEpoch(set)).not.to.emit(registry, "ValidatorStateChanged");
  });

  it("reverts with ValidatorSetEmpty, ValidatorSetRepeats and ValidatorMoveIllegal for what is no set", async () => {
    const { registry, set, signers } = await begun();
    await expect(registry.beginEpoch([])).to.be.revertedWithCustomError(registry, "ValidatorSetEmpty");
    await expect(registry.beginEpoch([set[0]!, set[1]!, set[0]!]))
      .to.be.revertedWithCustomError(registry, "ValidatorSetRepeats")
      .withArgs(set[0]);
    const stranger = signers[7]!.address;
    await expect(registry.beginEpoch([set[0]!, stranger]))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(stranger, State.unregistered, State.active);
    expect(await registry.epochsBegun()).to.equal(1n);
  });

  it("[VAL-6] [REG-4] exit in the last block of an epoch does not stop the next one, nor give the seat back", async () => {
    const system = await begun();
    const { registry, set } = system;
    await (await asOperator(system, set[1]!)).exit();
    expect(await registry.stateOf(set[1]!)).to.equal(State.exiting);
    expect(await operatorsOf(system), "its key counts until the epoch ends").to.deep.equal(set);
    expect(await registry.activeCount()).to.equal(3n);
    await registry.beginEpoch(set);
    expect(await registry.stateOf(set[1]!)).to.equal(State.exiting);
    expect(await operatorsOf(system), "the set was stored before").to.deep.equal(set);
    expect(await registry.activeCount()).to.equal(3n);
    const left = set.filter((_, index) => index !== 1);
    await registry.beginEpoch(left);
    expect(await operatorsOf(system)).to.deep.equal(left);
    expect(await registry.stateOf(set[1]!)).to.equal(State.exiting);
  });

  it("before the first epoch, who leaves leaves the genesis set as well", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const set = await admitted(system, 3);
    await (await asOperator(system, set[1]!)).exit();
    await registry.jail(set[0]!, 0);
    expect(await operatorsOf(system)).to.deep.equal([set[0], set[2]]);
    await registry.tombstone(set[0]!);
    expect(await operatorsOf(system)).to.deep.equal([set[2]]);
    expect(await registry.authorities()).to.deep.equal([set[2]]);
  });

  it("[VAL-3] anyone may become a candidate, and is elected without the authority", async () => {
    const { registry, candidates, set } = await begun();
    await registry.beginEpoch([...set, ...candidates]);
    expect(await registry.stateOf(candidates[0]!)).to.equal(State.active);
    expect(await registry.isAuthority(candidates[0]!)).to.equal(false);
  });
});

describe("ValidatorRegistry: jail", () => {
  it("[REG-8] the jailed stays a member until the epoch ends, but is not active, and a new epoch does not free it", async () => {
    const system = await begun();
    const { registry, set, networkHelpers } = system;
    const until = (await networkHelpers.time.latest()) + 1_000;
    await expect(registry.jail(set[0]!, until))
      .to.emit(registry, "ValidatorJailed")
      .withArgs(set[0], until)
      .to.emit(registry, "ValidatorStateChanged")
      .withArgs(set[0], State.active, State.jailed);
    expect(await operatorsOf(system)).to.deep.equal(set);
    expect(await registry.activeCount()).to.equal(3n);
    await registry.beginEpoch(set);
    expect(await registry.stateOf(set[0]!)).to.equal(State.jailed);
    expect((await registry.validatorOf(set[0]!)).jailedUntil).to.equal(until);
  });

  it("[REG-8] unjails a second too early, then in time, and is a candidate", async () => {
    const system = await begun();
    const { registry, set, networkHelpers } = system;
    const until = (await networkHelpers.time.latest()) + 1_000;
    await registry.jail(set[0]!, until);
    const own = await asOperator(system, set[0]!);
    await networkHelpers.time.setNextBlockTimestamp(until - 1);
    await expect(own.unjail())
      .to.be.revertedWithCustomError(registry, "ValidatorStillJailed")
      .withArgs(set[0], until, until - 1);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await own.unjail();
    expect(await registry.stateOf(set[0]!)).to.equal(State.candidate);
    expect(await registry.isAuthority(set[0]!), "its seat is not lost").to.equal(true);
    await registry.beginEpoch(set);
    expect(await registry.stateOf(set[0]!)).to.equal(State.active);
  });

  it("[REG-8] tries to escape jail by losing its seat first: a candidate is jailed as well", async () => {
    const { registry, set, networkHelpers } = await begun();
    await registry.beginEpoch(set.slice(1));
    expect(await registry.stateOf(set[0]!)).to.equal(State.candidate);
    await registry.jail(set[0]!, (await networkHelpers.time.latest()) + 1_000);
    expect(await registry.stateOf(set[0]!)).to.equal(State.jailed);
  });

  it("[REG-8] tries to shorten its jail with a second, shorter fault", async () => {
    const { registry, set, networkHelpers } = await begun();
    const now = await networkHelpers.time.latest();
    await registry.jail(set[0]!, now + 1_000);
    await expect(registry.jail(set[0]!, now + 500)).not.to.emit(registry, "ValidatorJailed");
    expect((await registry.validatorOf(set[0]!)).jailedUntil).to.equal(now + 1_000);
    await registry.jail(set[0]!, now + 2_000);
    expect((await registry.validatorOf(set[0]!)).jailedUntil).to.equal(now + 2_000);
  });

  it("[REG-8] a later, shorter jail counts when the earlier one is over", async () => {
    const system = await begun();
    const { registry, set, networkHelpers } = system;
    const now = await networkHelpers.time.latest();
    await registry.jail(set[0]!, now + 1_000);
    await networkHelpers.time.increaseTo(now + 1_000);
    await (await asOperator(system, set[0]!)).unjail();
    await registry.jail(set[0]!, now + 999);
    expect((await registry.validatorOf(set[0]!)).jailedUntil).to.equal(now + 999);
  });

  it("[REG-8] tries to escape jail by registering, by being admitted, by exit and return", async () => {
    const system = await begun();
    const { registry, set, networkHelpers } = system;
    const until = (await networkHelpers.time.latest()) + 1_000_000;
    await registry.jail(set[0]!, until);
    const own = await asOperator(system, set[0]!);
    await expect(own.register({ ...(await blank(system, set[0]!)) }, "0x"))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(set[0], State.jailed, State.candidate);
    await expect(registry.admit(set[0]!)).to.be.revertedWithCustomError(registry, "ValidatorAuthorityAlready");
    await own.exit();
    await expect(own.unjail())
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(set[0], State.exiting, State.candidate);
    await registry.beginEpoch(set);
    expect(await registry.stateOf(set[0]!)).to.equal(State.exiting);
  });

  it("leaves who has left alone, so that one exit does not stop the rewards of all", async () => {
    const system = await begun();
    const { registry, set, signers } = system;
    await (await asOperator(system, set[0]!)).exit();
    await registry.tombstone(set[1]!);
    for (const operator of set.slice(0, 2)) {
      await expect(registry.jail(operator, 4_000_000_000)).not.to.emit(registry, "ValidatorJailed");
    }
    expect(await statesOf(system, set.slice(0, 2))).to.deep.equal([State.exiting, State.tombstoned]);
    await expect(registry.jail(signers[7]!.address, 0))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(signers[7]!.address, State.unregistered, State.jailed);
  });

  it("only the jailed are unjailed", async () => {
    const system = await begun();
    const { registry, set, candidates } = system;
    for (const [operator, state] of [[set[0]!, State.active] as const, [candidates[0]!, State.candidate] as const]) {
      await expect((await asOperator(system, operator)).unjail())
        .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
        .withArgs(operator, state, State.candidate);
    }
  });
});

describe("ValidatorRegistry: the end", () => {
  it("[REG-8] the struck one is found whatever it did to escape, and never moves again", async () => {
    const system = await begun();
    const { registry, set, candidates } = system;
    await registry.jail(set[0]!, 0);
    await (await asOperator(system, set[1]!)).exit();
    const struck = [set[0]!, set[1]!, set[2]!, candidates[0]!];
    for (const operator of struck) {
      await registry.tombstone(operator);
      const own = await asOperator(system, operator);
      const attempts = [
        [() => own.exit(), State.exiting],
        [() => own.unjail(), State.candidate],
        [() => registry.remove(operator), State.exiting],
        [() => registry.tombstone(operator), State.tombstoned],
        [() => registry.admit(operator), State.active],
      ] as const;
      for (const [attempt, to] of attempts) {
        await expect(attempt())
          .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
          .withArgs(operator, State.tombstoned, to);
      }
    }
    expect(await registry.authorities()).to.deep.equal([set[3]]);
    expect(await operatorsOf(system)).to.deep.equal(set);
  });

  it("[REG-8] who has left changes neither key nor certificate nor commission; nor does who never came", async () => {
    const system = await begun();
    const { registry, set, signers, target } = system;
    await (await asOperator(system, set[0]!)).exit();
    const cases = [
      [set[0]!, State.exiting],
      [signers[7]!.address, State.unregistered],
    ] as const;
    for (const [operator, state] of cases) {
      const own = await asOperator(system, operator);
      const [key, proof] = await rotationFor(system, authorityOf(20), operator);
      const attempts = [
        () => own.rotateKey(key, proof),
        () => own.renewCertificate(renewalOf(authorityOf(20), target)),
        () => own.setCommission(0),
      ];
      for (const attempt of attempts) {
        await expect(attempt())
          .to.be.revertedWithCustomError(registry, "ValidatorNotServing")
          .withArgs(operator, state);
      }
    }
  });
});

/** An application with nothing right in it but its operator: the state is asked first. */
async function blank({ target }: RegistrySystem, operator: string) {
  const nodeCertificate = renewalOf(authorityOf(30), target);
  return {
    operator,
    blsPublicKey: "0x",
    proofOfPossession: "0x",
    nodeCertificate,
    metadataURI: "",
    commissionBps: 0,
    deadline: target.deadline,
  };
}
