/**
 * ValidatorRegistry: authority seats, and what those try who want one more.
 */
import { expect } from "chai";
import { encodeBytes32String, id, Wallet, ZeroAddress, ZeroHash } from "ethers";
import { signApplication } from "../../../node/sdk/validator-application.ts";
import { admitted, asOperator, authorityOf, register, State, setUpRegistry } from "../../helpers/registry.ts";

const SEATS = encodeBytes32String("authoritySeats");

describe("ValidatorRegistry: authority seats", () => {
  it("[VAL-2] [REG-7] an admission names the person, and the seat is found by it", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const operator = await register(system, authorityOf(1));
    expect(await registry.isAuthority(operator)).to.equal(false);
    await expect(registry.admit(operator)).to.emit(registry, "AuthorityAdmitted").withArgs(operator, id(operator));
    expect(await registry.isAuthority(operator)).to.equal(true);
    expect(await registry.authorities()).to.deep.equal([operator]);
    expect(await registry.authorityOf(id(operator))).to.equal(operator);
    await expect(registry.remove(operator)).to.emit(registry, "AuthorityLeft").withArgs(operator, id(operator));
    expect(await registry.authorityOf(id(operator))).to.equal(ZeroAddress);
    expect(await registry.authorities()).to.deep.equal([]);
  });

  it("[VAL-2] [REG-7] who is no verified person, or none any more, gets no seat", async () => {
    const system = await setUpRegistry();
    const { registry, personhood } = system;
    const operator = await register(system, authorityOf(1));
    await personhood.set(operator, ZeroHash);
    await expect(registry.admit(operator))
      .to.be.revertedWithCustomError(registry, "ValidatorNotAPerson")
      .withArgs(operator);
    await personhood.set(operator, id("alice"));
    await registry.admit(operator);
  });

  it("[VAL-2] [REG-7] a person with a second operator account gets no second seat until the first is given up", async () => {
    const system = await setUpRegistry();
    const { registry, personhood } = system;
    const operators = [await register(system, authorityOf(1)), await register(system, authorityOf(2))] as const;
    for (const operator of operators) await personhood.set(operator, id("alice"));
    await registry.admit(operators[0]);
    await expect(registry.admit(operators[1]))
      .to.be.revertedWithCustomError(registry, "ValidatorPersonSeated")
      .withArgs(id("alice"), operators[0]);
    await (await asOperator(system, operators[0])).exit();
    await registry.admit(operators[1]);
    expect(await registry.authorityOf(id("alice"))).to.equal(operators[1]);
  });

  it("[REG-7] a person who is verified anew under another name meanwhile does not free its seat", async () => {
    const system = await setUpRegistry();
    const { registry, personhood } = system;
    const [first, second] = [await register(system, authorityOf(1)), await register(system, authorityOf(2))];
    await personhood.set(first, id("alice"));
    await registry.admit(first);
    await personhood.set(first, id("alicia"));
    await personhood.set(second, id("alice"));
    await expect(registry.admit(second))
      .to.be.revertedWithCustomError(registry, "ValidatorPersonSeated")
      .withArgs(id("alice"), first);
    await expect(registry.admit(first))
      .to.be.revertedWithCustomError(registry, "ValidatorAuthorityAlready")
      .withArgs(first);
    await registry.remove(first);
    await registry.admit(second);
  });

  it("[REG-7] a former authority never returns under its operator, also not by registering again", async () => {
    const system = await setUpRegistry();
    const { registry, target } = system;
    const operator = await register(system, authorityOf(1));
    await registry.admit(operator);
    await (await asOperator(system, operator)).exit();
    await expect(registry.admit(operator))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(operator, State.exiting, State.active);
    const again = { ...authorityOf(2), operatorKey: authorityOf(1).operatorKey };
    const { application, operatorSignature } = await signApplication(again, target, 1n);
    await expect(registry.register(application, operatorSignature))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(operator, State.exiting, State.candidate);
  });

  it("refuses who is in jail; gives a seat to an elected validator", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const [jailed, elected] = [await register(system, authorityOf(1)), await register(system, authorityOf(2))];
    await registry.beginEpoch([jailed, elected]);
    await registry.jail(jailed, 0);
    await expect(registry.admit(jailed))
      .to.be.revertedWithCustomError(registry, "ValidatorMoveIllegal")
      .withArgs(jailed, State.jailed, State.active);
    await registry.admit(elected);
    expect(await registry.stateOf(elected)).to.equal(State.active);
    expect(await registry.authorities()).to.deep.equal([elected]);
  });

  it("[NET-3] governance changes the number of seats; who sits stays seated", async () => {
    const system = await setUpRegistry();
    const { registry, parameters } = system;
    const operators = await admitted(system, 3);
    await parameters.set(SEATS, 2n, 0);
    expect(await registry.seats()).to.equal(2n);
    const next = await register(system, authorityOf(9));
    await expect(registry.admit(next)).to.be.revertedWithCustomError(registry, "ValidatorSeatsTaken").withArgs(2n);
    expect(await registry.authorities()).to.deep.equal(operators);
    await parameters.set(SEATS, 4n, 0);
    await registry.admit(next);
    expect(await registry.authorities()).to.deep.equal([...operators, next]);
  });

  it("[REG-4] an authority admitted after the first epoch waits for an election", async () => {
    const system = await setUpRegistry();
    const { registry } = system;
    const operators = await admitted(system, 2);
    await registry.beginEpoch(operators);
    const late = await register(system, authorityOf(5));
    await registry.admit(late);
    expect(await registry.stateOf(late)).to.equal(State.candidate);
    expect((await registry.activeValidators()).map(({ operator }) => operator)).to.deep.equal(operators);
    await registry.beginEpoch([...operators, late]);
    expect(await registry.stateOf(late)).to.equal(State.active);
  });

  it("nobody is an authority who never was", async () => {
    const { registry } = await setUpRegistry();
    expect(await registry.isAuthority(Wallet.createRandom().address)).to.equal(false);
    expect(await registry.authorityOf(ZeroHash)).to.equal(ZeroAddress);
  });
});
