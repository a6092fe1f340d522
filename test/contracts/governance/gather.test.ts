/**
 * Governance through the SDK: reading the council, making and reading batches, gathering approvals, the transaction.
 */
import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import { executableAt, type GovernanceState, parameterKey, readGovernance } from "../../../node/sdk/governance.ts";
import { type Batch, batchHash, changeCalls, describeCalls } from "../../../node/sdk/governance-batch.ts";
import {
  collect,
  nextBatch,
  scheduledSubmission,
  signatureSchema,
  signBatch,
  submission,
} from "../../../node/sdk/governance-signatures.ts";
import { CunError, type ErrorName } from "../../../node/types/errors.ts";
import { connect } from "../../helpers/finality.ts";
import { authorities, callOf, deploySystem } from "../../helpers/system.ts";

const secrets = authorities.map(({ blsSecret }) => blsSecret);
const DELAY = 172_800;

async function setup() {
  const connection = await connect();
  const system = await deploySystem(connection);
  const { ethers } = connection;
  const rpc = (method: string, params: readonly unknown[]) => ethers.provider.send(method, [...params]);
  const read = () => readGovernance(rpc, system.addresses.ContractDirectory);
  const send = async (data: string) => {
    const [sender] = await ethers.getSigners();
    return (await sender!.sendTransaction({ to: system.addresses.ValidatorCouncil, data })).wait();
  };
  return { ...connection, ...system, rpc, read, send, state: await read() };
}

function expectError(name: ErrorName, act: () => unknown, ...texts: readonly string[]): void {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(CunError);
    expect((error as CunError).errorName).to.equal(name);
    for (const text of texts) expect((error as CunError).message).to.contain(text);
    return;
  }
  expect.fail(`${name} was expected`);
}

const batchOf = (state: GovernanceState, calls: Batch["calls"], way: Batch["way"] = "approval"): Batch =>
  nextBatch(state, way, calls, state.timestamp + 3_600);

describe("governance: gathering approvals", () => {
  it("[GOV-1] [GOV-2] reads, signs, gathers and changes a parameter in one transaction", async () => {
    const { read, send, state, networkHelpers, parameters } = await setup();
    expect(state.nonce).to.equal(0n);
    expect(state.members.map(({ counts }) => counts)).to.deep.equal([true, true, true, true]);
    const batch = batchOf(state, changeCalls(state, ["epochSeconds=3600", "validatorRewardPerDay=12.5CUNP"]));
    expect(describeCalls(state, batch.calls)).to.deep.equal([
      "ParameterRegistry: epochSeconds: 86400 → 3600 seconds",
      "ParameterRegistry: validatorRewardPerDay: 10000000000000000000 → 12500000000000000000 wei of CUNP",
    ]);
    const files = secrets.map((secret) => {
      const text = JSON.stringify(signBatch(state, batch, secret), (_, value) =>
        typeof value === "bigint" ? value.toString() : value,
      );
      return signatureSchema.parse(JSON.parse(text));
    });
    await send(submission(state, collect(state, files)));
    const pending = (await read()).parameters.find(({ name }) => name === "epochSeconds")!;
    expect(pending.value).to.equal(86_400n);
    expect(pending.pending!.value).to.equal(3_600n);
    await networkHelpers.time.increase(DELAY);
    const after = (await read()).parameters.find(({ name }) => name === "epochSeconds")!;
    expect([after.value, after.pending]).to.deep.equal([3_600n, undefined]);
    expect((await read()).nonce).to.equal(1n);
    expect((await parameters.historyAt(parameterKey("validatorRewardPerDay"), 1))[0]).to.equal(125n * 10n ** 17n);
  });

  it("[COU-1] signs what the contract asks for, in both ways", async () => {
    const { state, council } = await setup();
    const calls = [callOf(ZeroAddress, "0x", 5n), ...changeCalls(state, ["jailSeconds=0"])];
    const batch = batchOf(state, calls);
    const { nonce, deadline } = batch;
    expect(batchHash(batch)).to.equal(await council.approvalHash(calls, nonce, deadline));
    expect(batchHash({ ...batch, way: "escape" })).to.equal(await council.escapeHash(calls, nonce, deadline));
  });

  it("[GOV-2] [COU-6] schedules an escape with a dead key, and carries it out after its delay", async () => {
    const { state, read, send, rpc, networkHelpers, parameters } = await setup();
    const batch = batchOf(state, changeCalls(state, ["jailSeconds=60"]), "escape");
    const files = secrets.slice(1).map((secret) => signBatch(state, batch, secret));
    expectError("governanceApprovalsMissing", () => submission(state, collect(state, files.slice(1))), "2 approvals");
    const collected = collect(state, files);
    expect([collected.missing, collected.absent, collected.complete]).to.deep.equal([[0], 1n, true]);
    await send(submission(state, collected));
    const ready = await executableAt(rpc, state.council, batchHash(batch));
    expect(ready).to.be.above((await read()).timestamp + 29 * 86_400);
    await networkHelpers.time.increaseTo(ready);
    await send(scheduledSubmission(batch));
    expect((await parameters.pendingOf(parameterKey("jailSeconds")))[0]).to.equal(60n);
  });

  it("governanceApprovalsMissing names who is missing; who is removed is not waited for", async () => {
    const { state, read, registry, addresses, send } = await setup();
    const batch = batchOf(state, changeCalls(state, ["jailSeconds=60"]));
    const three = secrets.slice(0, 3).map((secret) => signBatch(state, batch, secret));
    expectError(
      "governanceApprovalsMissing",
      () => submission(state, collect(state, three)),
      state.members[3]!.operator,
    );
    const removal = registry.interface.encodeFunctionData("remove", [state.members[3]!.operator]);
    const first = batchOf(state, [callOf(addresses.ValidatorRegistry, removal)]);
    expect(describeCalls(state, first.calls)).to.deep.equal([
      `ValidatorRegistry: remove(${state.members[3]!.operator})`,
    ]);
    await send(
      submission(
        state,
        collect(
          state,
          secrets.map((secret) => signBatch(state, first, secret)),
        ),
      ),
    );
    const next = await read();
    expect(next.members.map(({ counts }) => counts)).to.deep.equal([true, true, true, false]);
    const again = batchOf(next, changeCalls(next, ["jailSeconds=60"]));
    const collected = collect(
      next,
      secrets.slice(0, 3).map((secret) => signBatch(next, again, secret)),
    );
    expect(collected.complete).to.equal(true);
    await send(submission(next, collected));
  });

  it("governanceBatchStale when the batch is of another chain, council or number, or expired", async () => {
    const { state } = await setup();
    const batch = batchOf(state, changeCalls(state, ["jailSeconds=60"]));
    const stale: readonly [string, Partial<Batch>][] = [
      ["chain id", { chainId: 1n }],
      ["council", { council: ZeroAddress }],
      ["number", { nonce: 1n }],
      ["deadline", { deadline: state.timestamp - 1 }],
    ];
    for (const [what, change] of stale) {
      expectError("governanceBatchStale", () => signBatch(state, { ...batch, ...change }, secrets[0]!), what);
    }
  });

  it("governanceSignatureRefused when a signature would spoil the aggregate: another batch, another key, a stranger", async () => {
    const { state } = await setup();
    const batch = batchOf(state, changeCalls(state, ["jailSeconds=60"]));
    const [first, second] = secrets.map((secret) => signBatch(state, batch, secret));
    const other = signBatch(state, { ...batch, deadline: batch.deadline + 1 }, secrets[1]!);
    expectError("governanceSignatureRefused", () => collect(state, [first!, other]), "another batch");
    const stolen = { ...second!, signature: first!.signature };
    expectError("governanceSignatureRefused", () => collect(state, [first!, stolen]), "does not verify");
    const stranger = { ...second!, operator: ZeroAddress };
    expectError("governanceSignatureRefused", () => collect(state, [first!, stranger]), "not in the set");
    expectError("optionInvalid", () => collect(state, []));
    expect(collect(state, [first!, first!]).signed).to.have.length(1);
  });

  it("governanceSignerUnknown when the key is of no validator", async () => {
    const { state } = await setup();
    const batch = batchOf(state, changeCalls(state, ["jailSeconds=60"]));
    expectError("governanceSignerUnknown", () => signBatch(state, batch, new Uint8Array(32).fill(7)), "epoch 0");
  });

  it("governanceParameterInvalid when a change is unknown, no number, out of bounds or none", async () => {
    const { state } = await setup();
    const wrong: readonly [string, string][] = [
      ["nothing=1", "no such parameter"],
      ["epochSeconds", "whole number of seconds"],
      ["epochSeconds=1.5", "whole number"],
      ["epochSeconds=60CUNP", "whole number"],
      ["epochSeconds=9", "from 10 to 604800"],
      ["epochSeconds=604801", "from 10 to 604800"],
      ["epochSeconds=86400", "already"],
    ];
    for (const [change, reason] of wrong) {
      expectError("governanceParameterInvalid", () => changeCalls(state, [change]), reason);
    }
  });

  it("governanceBatchUnreadable when a call has no meaning that can be shown, unless it is asked for as bytes", async () => {
    const { state, addresses, parameters, manager, registry } = await setup();
    const propose = parameters.interface.encodeFunctionData("propose", [parameterKey("jailSeconds"), 60n]);
    const unreadable = [
      callOf(addresses.CUNP, "0x12345678"),
      callOf(addresses.ParameterRegistry, `${propose}00`),
      callOf(addresses.ParameterRegistry, parameters.interface.encodeFunctionData("propose", [id("unknown"), 1n])),
      callOf("0x00000000000000000000000000000000000000ff", propose),
    ];
    for (const call of unreadable) {
      expectError("governanceBatchUnreadable", () => describeCalls(state, [call]), "Call 0");
      expect(describeCalls(state, [call], true)[0]).to.match(/^RAW call of 0x.* with 0x/);
    }
    const upgrade = registry.interface.encodeFunctionData("upgradeToAndCall", [addresses.CUNP, "0x"]);
    const announce = manager.interface.encodeFunctionData("schedule", [addresses.ValidatorRegistry, upgrade, 0]);
    expect(
      describeCalls(state, [callOf(addresses.AccessManager, announce), callOf(ZeroAddress, "0x", 1n)]),
    ).to.deep.equal([
      `AccessManager: announce for as soon as its delay allows: ValidatorRegistry: upgradeToAndCall(${addresses.CUNP}, 0x)`,
      `send 0.000000000000000001 native coins to ${ZeroAddress}`,
    ]);
  });

  it("governanceContractMissing when there is no system at the address", async () => {
    const { rpc } = await setup();
    const error = await readGovernance(rpc, "0x00000000000000000000000000000000000000ff").catch((caught) => caught);
    expect((error as CunError).errorName).to.equal("governanceContractMissing");
  });
});
